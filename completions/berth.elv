
use builtin;
use str;

set edit:completion:arg-completer[berth] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'berth'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'berth'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand serve 'Run the broker: it hosts connectors and holds their users'' tokens'
            cand deploy 'Deploy a connector: package it, start it, check it, and only then let it serve'
            cand init 'Write a berth.toml that says how a folder is deployed'
            cand check 'Run a connector here, as a broker would, and say what is wrong with it'
            cand list 'List the connectors'
            cand ls 'List the connectors'
            cand show 'Show a connector: its releases, tools, settings and OAuth'
            cand releases 'List a connector''s releases, newest first'
            cand rollback 'Go back to an earlier release of a connector'
            cand restart 'Start a connector''s live release anew'
            cand logs 'Print what a connector wrote to standard error'
            cand call 'Call one tool, as yourself'
            cand delete 'Delete a connector: stop it, erase its settings, its secrets and its users'' grants'
            cand rm 'Delete a connector: stop it, erase its settings, its secrets and its users'' grants'
            cand tools 'Show a connector''s tools, and set which of them are offered'
            cand env 'Set what a connector gets in its environment: values for everybody, secrets, and values that each user gives'
            cand oauth 'Configure a connector''s OAuth, before or after it is deployed'
            cand connections 'List users'' authorizations at third parties with their state, and end one'
            cand connection 'List users'' authorizations at third parties with their state, and end one'
            cand connect-config 'Print what an MCP client is told to use a connector: a command, or the part of its settings'
            cand access 'Say who may use a connector: everyone, users, or groups'
            cand clients 'List the MCP clients that users have let in, and take one''s access back'
            cand client 'List the MCP clients that users have let in, and take one''s access back'
            cand server 'Look after the broker itself: its master keys, and copies of its store'
            cand users 'Add, list and remove users, put them in groups, and print their sign-in links'
            cand user 'Add, list and remove users, put them in groups, and print their sign-in links'
            cand sso 'Let people sign in at an OpenID Connect provider'
            cand token 'Create, list and revoke access tokens'
            cand tokens 'Create, list and revoke access tokens'
            cand login 'Sign in to a broker'
            cand logout 'Forget the sign-ins to a broker on this machine'
            cand whoami 'Show which broker is used, who you are there, and where the credential comes from'
            cand demo 'Show what berth does, by itself, on this machine, in under a minute'
            cand doctor 'Tell what this machine has of what a broker needs: sandbox, limits, Docker Engine, programs'
            cand completions 'Print the completion script for a shell'
            cand man 'Print the manual page, or write all pages to a folder'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;serve'= {
            cand --listen 'Where to listen [default: 127.0.0.1:8420]'
            cand --public-url 'How users and providers reach the broker [default: the address it listens on]'
            cand --data-dir 'The folder that everything is kept in [default: berth in the XDG data folder]'
            cand --tls-cert 'Serve HTTPS with this certificate chain (PEM)'
            cand --tls-key 'The certificate''s private key (PEM)'
            cand --master-key 'Where a master key is: file:PATH, env:NAME or command:COMMAND; the first one seals, the others open what was sealed before (repeatable) [default: master.key in the data folder]'
            cand --trusted-proxy 'A proxy in front that speaks HTTPS to users: plain connections are taken from it (repeatable)'
            cand --allow-private 'Let providers be at this private host, or speak plain http; an IP address is let to connectors too (repeatable)'
            cand --hold 'How long a call waits for its person to authorize, at most 45, before its client is told where they have to go; less for clients that give up sooner [default: 45]'
            cand --start-timeout 'How long a connector may take to start [default: 60]'
            cand --keep 'How many old releases of each connector to keep to go back to, and how many that failed [default: 10]'
            cand --gc-grace 'How long uploaded files stay that no release and no tag names, at least 10m [default: 24h]'
            cand --engine 'What runs packages, bundles and commands: process, or docker [default: process]'
            cand --engine-image 'With --engine docker: the image that packages, bundles and commands run in'
            cand --sandbox 'Whether connectors'' processes must run in a sandbox: required, best-effort or off [default: required]'
            cand --max-instances 'How many instances of connectors may run at a time [default: 500]'
            cand --idle-timeout 'After how long without a call an instance stops [default: 10m]'
            cand --requests-per-minute 'How many MCP requests a user may make in a minute; 0 for any number [default: 60000]'
            cand --docker-host 'The Docker Engine that runs images [default: DOCKER_HOST, or unix:///var/run/docker.sock]'
            cand --config 'A TOML file with these settings; flags win over it'
            cand --log 'What to log, such as debug or warn,berth=debug'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --setup-link 'Print a new one-time link that signs the first admin in'
            cand --log-json 'Write the log as JSON, a line an entry'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;deploy'= {
            cand --image 'A container image: from the container engine here, or else from its registry'
            cand --dockerfile 'A Dockerfile, built here for the broker''s platform'
            cand --context 'The folder that the Dockerfile is built in [default: the Dockerfile''s own]'
            cand --artifact 'What was pushed to the broker''s registry: an image or a bundle'
            cand --npx 'An npm package, as `npx` takes it: NAME or NAME@VERSION'
            cand --uvx 'A Python package, as `uvx` takes it: NAME, NAME==VERSION or NAME@VERSION'
            cand --bundle 'The files of a folder or zip file'
            cand --start 'What starts the bundle, run in its folder'
            cand --name 'What the connector is called: the last part of its endpoint [default: guessed from the source]'
            cand --transport 'How the broker talks to it [default: stdio, or http with --port or --path]'
            cand --port 'For http: the port that it insists on [default: a free one, in PORT and for {port} in arguments]'
            cand --path 'For http: where its MCP endpoint is [default: /mcp]'
            cand -e 'A plain setting, given to the connector as an environment variable; repeatable'
            cand --env 'A plain setting, given to the connector as an environment variable; repeatable'
            cand --secret 'A secret setting: from the environment variable KEY, from a file, or from standard input; repeatable'
            cand --memory 'The most memory that an instance may use [default: 512m]'
            cand --cpus 'How many CPUs an instance may use, such as 0.5 [default: 1]'
            cand --pids 'How many processes and threads an instance may have [default: 256]'
            cand --disk 'How much an instance may keep in its home folder [default: 1g]'
            cand --min-instances 'For http: 1 keeps the instance running when nobody calls it [default: 0]'
            cand --max-instances 'How many instances of it may run at a time [default: as many as the broker runs]'
            cand --idle-timeout 'After how long without a call an instance stops [default: 10m, or what the broker says]'
            cand --readable 'A file or folder on the broker''s machine that it may read besides its own; repeatable'
            cand --probe-env 'A placeholder to start it with where it refuses to start without a value that comes later; repeatable'
            cand --env-header-prefix 'For http: what the headers are called that carry its values [default: X-Berth-Env-]'
            cand --wait-timeout 'How long to wait for it'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --allow-scripts 'For --npx and --uvx: run the packages'' own scripts as they are installed'
            cand --force 'Deploy even if the release that serves is the same already'
            cand --dry-run 'Show what would change and what would be sent, and change nothing'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --detach 'Do not wait until the release is live'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;init'= {
            cand --image 'A container image: from the container engine here, or else from its registry'
            cand --dockerfile 'A Dockerfile, built here for the broker''s platform'
            cand --context 'The folder that the Dockerfile is built in [default: the Dockerfile''s own]'
            cand --artifact 'What was pushed to the broker''s registry: an image or a bundle'
            cand --npx 'An npm package, as `npx` takes it: NAME or NAME@VERSION'
            cand --uvx 'A Python package, as `uvx` takes it: NAME, NAME==VERSION or NAME@VERSION'
            cand --bundle 'The files of a folder or zip file'
            cand --start 'What starts the bundle, run in its folder'
            cand --name 'What the connector is called [default: guessed from the source]'
            cand --transport 'How the broker talks to it [default: stdio, or http with --port or --path]'
            cand --port 'For http: the port that it insists on [default: a free one, in PORT and for {port} in arguments]'
            cand --path 'For http: where its MCP endpoint is [default: /mcp]'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --allow-scripts 'For --npx and --uvx: run the packages'' own scripts as they are installed'
            cand --force 'Replace a berth.toml that is there; its name, settings and names of secrets stay'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;check'= {
            cand --image 'A container image: from the container engine here, or else from its registry'
            cand --dockerfile 'A Dockerfile, built here for the broker''s platform'
            cand --context 'The folder that the Dockerfile is built in [default: the Dockerfile''s own]'
            cand --artifact 'What was pushed to the broker''s registry: an image or a bundle'
            cand --npx 'An npm package, as `npx` takes it: NAME or NAME@VERSION'
            cand --uvx 'A Python package, as `uvx` takes it: NAME, NAME==VERSION or NAME@VERSION'
            cand --bundle 'The files of a folder or zip file'
            cand --start 'What starts the bundle, run in its folder'
            cand --name 'What the connector is called: the last part of its endpoint [default: guessed from the source]'
            cand --transport 'How the broker talks to it [default: stdio, or http with --port or --path]'
            cand --port 'For http: the port that it insists on [default: a free one, in PORT and for {port} in arguments]'
            cand --path 'For http: where its MCP endpoint is [default: /mcp]'
            cand -e 'A plain setting, given to the connector as an environment variable; repeatable'
            cand --env 'A plain setting, given to the connector as an environment variable; repeatable'
            cand --secret 'A secret setting: from the environment variable KEY, from a file, or from standard input; repeatable'
            cand --memory 'The most memory that an instance may use [default: 512m]'
            cand --cpus 'How many CPUs an instance may use, such as 0.5 [default: 1]'
            cand --pids 'How many processes and threads an instance may have [default: 256]'
            cand --disk 'How much an instance may keep in its home folder [default: 1g]'
            cand --min-instances 'For http: 1 keeps the instance running when nobody calls it [default: 0]'
            cand --max-instances 'How many instances of it may run at a time [default: as many as the broker runs]'
            cand --idle-timeout 'After how long without a call an instance stops [default: 10m, or what the broker says]'
            cand --readable 'A file or folder on the broker''s machine that it may read besides its own; repeatable'
            cand --probe-env 'A placeholder to start it with where it refuses to start without a value that comes later; repeatable'
            cand --env-header-prefix 'For http: what the headers are called that carry its values [default: X-Berth-Env-]'
            cand --timeout 'How long a start and each answer may take; brokers allow 60s unless they are told otherwise'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --allow-scripts 'For --npx and --uvx: run the packages'' own scripts as they are installed'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;list'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;ls'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;show'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;releases'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;rollback'= {
            cand --wait-timeout 'How long to wait for it'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --dry-run 'Say what would change, and change nothing'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --detach 'Do not wait until the release is live'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;restart'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --clear-homes 'Erase all that its instances wrote to their home folders, those of all users'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;logs'= {
            cand -n 'How many of the last lines [default: 100, or all of them with --since]'
            cand --lines 'How many of the last lines [default: 100, or all of them with --since]'
            cand --since 'Only lines that are at most this old (10m, 2h), or from this instant on (2026-01-31T12:00:00Z)'
            cand --user 'Only what this user''s instances wrote: a name, or an id'
            cand --release 'Only what this release''s instances wrote'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -f 'Go on printing what is written, until Ctrl-C'
            cand --follow 'Go on printing what is written, until Ctrl-C'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;call'= {
            cand --args 'The arguments, a JSON object; `@FILE` reads a file, `-` standard input'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;delete'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;rm'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;tools'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand set 'Set which of a connector''s tools are offered'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;tools;set'= {
            cand --hide 'Don''t offer these tools; repeatable'
            cand --unhide 'Take a rule to hide back; repeatable'
            cand --allow 'Offer only these tools, and those that are allowed already; repeatable'
            cand --unallow 'Take a rule to allow back; without any left, every tool is offered; repeatable'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --reset 'Take every rule back first'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;tools;help'= {
            cand set 'Set which of a connector''s tools are offered'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;tools;help;set'= {
        }
        &'berth;tools;help;help'= {
        }
        &'berth;env'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand set 'Set values of a connector, or your own with --mine'
            cand unset 'Take values of a connector away, or your own with --mine'
            cand list 'List a connector''s values, never a secret''s; or with --mine what it asks you for'
            cand ls 'List a connector''s values, never a secret''s; or with --mine what it asks you for'
            cand import 'Set values of a connector from a file of KEY=VALUE lines (.env)'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;env;set'= {
            cand --secret 'A secret: from the environment variable KEY, from a file, or from standard input; repeatable'
            cand --per-user 'A value that each user gives, and what they are told of it; repeatable'
            cand --wait-timeout 'How long to wait for it'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --mine 'Give your own values'
            cand --detach 'Do not wait until the release is live'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;env;unset'= {
            cand --wait-timeout 'How long to wait for it'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --mine 'Erase your own values'
            cand --detach 'Do not wait until the release is live'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;env;list'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --mine 'What the connector asks each user for, and whether you have given it'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;env;ls'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --mine 'What the connector asks each user for, and whether you have given it'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;env;import'= {
            cand --wait-timeout 'How long to wait for it'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --secret 'Take all of them as secrets'
            cand --detach 'Do not wait until the release is live'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;env;help'= {
            cand set 'Set values of a connector, or your own with --mine'
            cand unset 'Take values of a connector away, or your own with --mine'
            cand list 'List a connector''s values, never a secret''s; or with --mine what it asks you for'
            cand import 'Set values of a connector from a file of KEY=VALUE lines (.env)'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;env;help;set'= {
        }
        &'berth;env;help;unset'= {
        }
        &'berth;env;help;list'= {
        }
        &'berth;env;help;import'= {
        }
        &'berth;env;help;help'= {
        }
        &'berth;oauth'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand set 'Set a connector''s OAuth: the third party''s addresses, the client, and where the token is put'
            cand show 'Show a connector''s OAuth settings, never a secret'
            cand diff 'Show what `berth oauth set --from` would change'
            cand test 'Try a connector''s OAuth settings out, before its users do'
            cand unset 'Take a connector''s OAuth settings away and erase its users'' grants'
            cand redirect-uri 'Print the redirect URI to register at the third party; works before anything is configured'
            cand presets 'List the providers that `berth oauth set --preset` knows'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;oauth;set'= {
            cand --preset 'Set what is known of a provider (`berth oauth presets` lists them), in place of all its settings but the client; the other flags are laid over it'
            cand --from 'Set what a file says, as `berth oauth show --output toml` writes it, in place of all settings but the client''s secret; the other flags are laid over it. `-` is standard input'
            cand --if-version 'Refuse when somebody changed the settings since `berth oauth show` gave this version; '''' stands for no settings'
            cand --issuer 'The issuer, whose metadata gives the addresses that are not given (RFC 8414, OpenID Connect Discovery); they are read now, and stay as they are'
            cand --auth-url 'Where users are sent to authorize'
            cand --token-url 'Where codes and refresh tokens are redeemed'
            cand --refresh-url 'Where refresh tokens are redeemed, if elsewhere'
            cand --revoke-url 'Where tokens are revoked (RFC 7009) [default: nowhere; they are only erased]'
            cand --introspect-url 'Where a token''s state is asked (RFC 7662)'
            cand --userinfo-url 'Where a token''s owner is asked, so that another account is noticed'
            cand --client-id 'The client id that the third party gave'
            cand --client-auth 'How the client authenticates: in the header, in the body, or not [default: found out]'
            cand --grant 'How a grant comes about: each user''s consent, or the client''s own, for all users'
            cand --scope-separator 'What stands between scopes [default: a space]'
            cand --scope-param 'The parameter that carries the scopes [default: scope]'
            cand --auth-param 'A further parameter of the authorization request'
            cand --token-param 'A further parameter of a request for tokens'
            cand --refresh-param 'A further parameter of a refresh'
            cand --rename-param 'Another name for a parameter of the standard, such as client_id=app_id; `response_type=` leaves one out, and callback.code=the_code is for that place alone (authorize, callback, token, refresh)'
            cand --no-pkce 'Authorize without PKCE, for a provider that refuses it'
            cand --token-body 'What requests for tokens are written in [default: form]'
            cand --field 'Where a field of the token stands in the answer, such as access_token=/authed_user/access_token (RFC 6901)'
            cand --capture 'More to keep of a token''s answer, such as instance_url=/instance_url; templates may name it'
            cand --capture-callback 'What to keep of the answer to an authorization, such as realmId; with a pattern for what it may look like'
            cand --var 'What a variable in an address stands for, such as subdomain=acme in https://{subdomain}.example/token'
            cand --user-var 'A variable that each user is asked for, with a pattern for what it may look like'
            cand --assume-lifetime 'How long an access token lives whose provider does not say [default: 1h where there is a refresh token]'
            cand --refresh-margin 'How long before its end a token is refreshed, at most [default: 60s]'
            cand --keep-warm 'Refresh a grant that was not used for this long, so that it does not die of it'
            cand --rotation 'What happens to a refresh token that was used: nothing, it lives a while longer, or it is dead [default: strict]'
            cand --resource 'The resource that tokens are for (RFC 8707)'
            cand --client-secret-file 'Read the client secret from this file; `-` is standard input'
            cand --client-secret-env 'Take the client secret from this environment variable'
            cand --client-secret 'There only to be refused with the ways that are safe'
            cand --scope 'A scope to ask for; repeatable, and several may stand in one, separated by spaces'
            cand --owner 'Whose grants serve the users: each their own, or one that an admin makes for all [default: user]'
            cand --header 'For http connectors: a header that carries the token, such as ''Authorization: Bearer {access_token}'''
            cand --env 'For stdio connectors: a variable that carries the token, such as ''ACCESS_TOKEN={access_token}'''
            cand --file 'For stdio connectors: a variable that names a file with the token in it, such as ''TOKEN_FILE={access_token}''; a connector that reads it at each call needs no restart when the token changes'
            cand --provider 'Set the provider of this name, beside those that the connector uses; several connectors may share one [default: the only one in use, else one of its own]'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;oauth;show'= {
            cand --provider 'The provider to show [default: all that the connector uses]'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;oauth;diff'= {
            cand --from 'The file, as `berth oauth show --output toml` writes it; `-` is standard input'
            cand --provider 'The provider to compare with [default: the one that the file names, else the only one in use]'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --exit-code 'Exit with 1 where something differs'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;oauth;test'= {
            cand --provider 'The provider to try [default: all that the connector uses]'
            cand --tool 'A tool of the connector''s to call with the new token'
            cand --args 'The tool''s arguments, a JSON object'
            cand --timeout 'How long to wait for the sign-in'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --login 'Sign in at the provider, and try all the rest'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;oauth;unset'= {
            cand --provider 'The provider that is meant, where the connector uses several'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;oauth;redirect-uri'= {
            cand --provider 'A provider that the connector uses or will use [default: the only one in use, else one of its own]'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;oauth;presets'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand show 'Show what a preset sets, where that is documented, and what of it could not be checked'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;oauth;presets;show'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;oauth;presets;help'= {
            cand show 'Show what a preset sets, where that is documented, and what of it could not be checked'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;oauth;presets;help;show'= {
        }
        &'berth;oauth;presets;help;help'= {
        }
        &'berth;oauth;help'= {
            cand set 'Set a connector''s OAuth: the third party''s addresses, the client, and where the token is put'
            cand show 'Show a connector''s OAuth settings, never a secret'
            cand diff 'Show what `berth oauth set --from` would change'
            cand test 'Try a connector''s OAuth settings out, before its users do'
            cand unset 'Take a connector''s OAuth settings away and erase its users'' grants'
            cand redirect-uri 'Print the redirect URI to register at the third party; works before anything is configured'
            cand presets 'List the providers that `berth oauth set --preset` knows'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;oauth;help;set'= {
        }
        &'berth;oauth;help;show'= {
        }
        &'berth;oauth;help;diff'= {
        }
        &'berth;oauth;help;test'= {
        }
        &'berth;oauth;help;unset'= {
        }
        &'berth;oauth;help;redirect-uri'= {
        }
        &'berth;oauth;help;presets'= {
            cand show 'Show what a preset sets, where that is documented, and what of it could not be checked'
        }
        &'berth;oauth;help;presets;show'= {
        }
        &'berth;oauth;help;help'= {
        }
        &'berth;connections'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List who has authorized what, and how each connection stands'
            cand ls 'List who has authorized what, and how each connection stands'
            cand revoke 'End a user''s authorization: revoke it at the third party, and erase it'
            cand rm 'End a user''s authorization: revoke it at the third party, and erase it'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;connection'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List who has authorized what, and how each connection stands'
            cand ls 'List who has authorized what, and how each connection stands'
            cand revoke 'End a user''s authorization: revoke it at the third party, and erase it'
            cand rm 'End a user''s authorization: revoke it at the third party, and erase it'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;connections;list'= {
            cand --user 'Those of this user alone'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;connections;ls'= {
            cand --user 'Those of this user alone'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;connection;list'= {
            cand --user 'Those of this user alone'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;connection;ls'= {
            cand --user 'Those of this user alone'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;connections;revoke'= {
            cand --user 'Whose it is'
            cand --provider 'The provider, where the connector uses several [default: all of them]'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;connections;rm'= {
            cand --user 'Whose it is'
            cand --provider 'The provider, where the connector uses several [default: all of them]'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;connection;revoke'= {
            cand --user 'Whose it is'
            cand --provider 'The provider, where the connector uses several [default: all of them]'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;connection;rm'= {
            cand --user 'Whose it is'
            cand --provider 'The provider, where the connector uses several [default: all of them]'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;connections;help'= {
            cand list 'List who has authorized what, and how each connection stands'
            cand revoke 'End a user''s authorization: revoke it at the third party, and erase it'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;connections;help;list'= {
        }
        &'berth;connections;help;revoke'= {
        }
        &'berth;connections;help;help'= {
        }
        &'berth;connection;help'= {
            cand list 'List who has authorized what, and how each connection stands'
            cand revoke 'End a user''s authorization: revoke it at the third party, and erase it'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;connection;help;list'= {
        }
        &'berth;connection;help;revoke'= {
        }
        &'berth;connection;help;help'= {
        }
        &'berth;connect-config'= {
            cand --client 'The client'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;access'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand set 'Replace who may use a connector; it counts from the next call on'
            cand show 'Print who may use a connector'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;access;set'= {
            cand --user 'This user; repeatable'
            cand --group 'Everybody in this group; repeatable'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --everyone 'Everybody who is a user here'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;access;show'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;access;help'= {
            cand set 'Replace who may use a connector; it counts from the next call on'
            cand show 'Print who may use a connector'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;access;help;set'= {
        }
        &'berth;access;help;show'= {
        }
        &'berth;access;help;help'= {
        }
        &'berth;clients'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List which MCP clients call tools for whom: everybody''s for an admin, else your own'
            cand ls 'List which MCP clients call tools for whom: everybody''s for an admin, else your own'
            cand revoke 'Take a client''s access back: its tokens are refused at once'
            cand rm 'Take a client''s access back: its tokens are refused at once'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;client'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List which MCP clients call tools for whom: everybody''s for an admin, else your own'
            cand ls 'List which MCP clients call tools for whom: everybody''s for an admin, else your own'
            cand revoke 'Take a client''s access back: its tokens are refused at once'
            cand rm 'Take a client''s access back: its tokens are refused at once'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;clients;list'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;clients;ls'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;client;list'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;client;ls'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;clients;revoke'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;clients;rm'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;client;revoke'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;client;rm'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;clients;help'= {
            cand list 'List which MCP clients call tools for whom: everybody''s for an admin, else your own'
            cand revoke 'Take a client''s access back: its tokens are refused at once'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;clients;help;list'= {
        }
        &'berth;clients;help;revoke'= {
        }
        &'berth;clients;help;help'= {
        }
        &'berth;client;help'= {
            cand list 'List which MCP clients call tools for whom: everybody''s for an admin, else your own'
            cand revoke 'Take a client''s access back: its tokens are refused at once'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;client;help;list'= {
        }
        &'berth;client;help;revoke'= {
        }
        &'berth;client;help;help'= {
        }
        &'berth;server'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand keys 'List the master keys and how many values are sealed with each'
            cand rotate-key 'Seal with a new master key, and move everything that is stored to it, while calls go on'
            cand backup 'Write a copy of the broker''s store to a file, while the broker goes on'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;server;keys'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;server;rotate-key'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-wait 'Don''t wait until everything has been moved'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;server;backup'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;server;help'= {
            cand keys 'List the master keys and how many values are sealed with each'
            cand rotate-key 'Seal with a new master key, and move everything that is stored to it, while calls go on'
            cand backup 'Write a copy of the broker''s store to a file, while the broker goes on'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;server;help;keys'= {
        }
        &'berth;server;help;rotate-key'= {
        }
        &'berth;server;help;backup'= {
        }
        &'berth;server;help;help'= {
        }
        &'berth;users'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand add 'Add a user and print the link that signs them in'
            cand groups 'Replace the groups that an admin has put a user in'
            cand link 'Print another one-time link that signs a user in'
            cand list 'List the users'
            cand ls 'List the users'
            cand password 'Set a user''s password, or take it away'
            cand remove 'Remove a user: end their tokens, stop what runs for them, erase their grants'
            cand rm 'Remove a user: end their tokens, stop what runs for them, erase their grants'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;user'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand add 'Add a user and print the link that signs them in'
            cand groups 'Replace the groups that an admin has put a user in'
            cand link 'Print another one-time link that signs a user in'
            cand list 'List the users'
            cand ls 'List the users'
            cand password 'Set a user''s password, or take it away'
            cand remove 'Remove a user: end their tokens, stop what runs for them, erase their grants'
            cand rm 'Remove a user: end their tokens, stop what runs for them, erase their grants'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;users;add'= {
            cand --role 'What the user may do: member (calls tools), deployer, admin; repeatable'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;user;add'= {
            cand --role 'What the user may do: member (calls tools), deployer, admin; repeatable'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;users;groups'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --none 'None of them'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;user;groups'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --none 'None of them'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;users;link'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;user;link'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;users;list'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;users;ls'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;user;list'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;user;ls'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;users;password'= {
            cand --password-file 'A file with the password; - is standard input'
            cand --password-env 'The environment variable with the password'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --remove 'Take the password away: links and tokens are left'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;user;password'= {
            cand --password-file 'A file with the password; - is standard input'
            cand --password-env 'The environment variable with the password'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --remove 'Take the password away: links and tokens are left'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;users;remove'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;users;rm'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;user;remove'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;user;rm'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;users;help'= {
            cand add 'Add a user and print the link that signs them in'
            cand groups 'Replace the groups that an admin has put a user in'
            cand link 'Print another one-time link that signs a user in'
            cand list 'List the users'
            cand password 'Set a user''s password, or take it away'
            cand remove 'Remove a user: end their tokens, stop what runs for them, erase their grants'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;users;help;add'= {
        }
        &'berth;users;help;groups'= {
        }
        &'berth;users;help;link'= {
        }
        &'berth;users;help;list'= {
        }
        &'berth;users;help;password'= {
        }
        &'berth;users;help;remove'= {
        }
        &'berth;users;help;help'= {
        }
        &'berth;user;help'= {
            cand add 'Add a user and print the link that signs them in'
            cand groups 'Replace the groups that an admin has put a user in'
            cand link 'Print another one-time link that signs a user in'
            cand list 'List the users'
            cand password 'Set a user''s password, or take it away'
            cand remove 'Remove a user: end their tokens, stop what runs for them, erase their grants'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;user;help;add'= {
        }
        &'berth;user;help;groups'= {
        }
        &'berth;user;help;link'= {
        }
        &'berth;user;help;list'= {
        }
        &'berth;user;help;password'= {
        }
        &'berth;user;help;remove'= {
        }
        &'berth;user;help;help'= {
        }
        &'berth;sso'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand set 'Say where people sign in; it replaces what was said before'
            cand show 'Print where people sign in, never the secret'
            cand unset 'Let nobody sign in at a provider any more'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;sso;set'= {
            cand --issuer 'The provider''s issuer, the address before /.well-known/openid-configuration'
            cand --client-id 'The client id that the provider gave'
            cand --client-secret-file 'A file with the client secret; - is standard input [default: the secret that there is]'
            cand --client-secret-env 'The environment variable with the client secret'
            cand --allow-domain 'Let people in whose verified e-mail address is of this domain; repeatable'
            cand --allow-group 'Let people in who are in this group; repeatable, one is enough'
            cand --groups-claim 'The claim that has a person''s groups'
            cand --scope 'A scope to ask for besides openid; repeatable [default: email profile]'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;sso;show'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;sso;unset'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;sso;help'= {
            cand set 'Say where people sign in; it replaces what was said before'
            cand show 'Print where people sign in, never the secret'
            cand unset 'Let nobody sign in at a provider any more'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;sso;help;set'= {
        }
        &'berth;sso;help;show'= {
        }
        &'berth;sso;help;unset'= {
        }
        &'berth;sso;help;help'= {
        }
        &'berth;token'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand create 'Create a token and print it, this once'
            cand list 'List the tokens, never their values'
            cand ls 'List the tokens, never their values'
            cand revoke 'Revoke a token, by its id'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;tokens'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand create 'Create a token and print it, this once'
            cand list 'List the tokens, never their values'
            cand ls 'List the tokens, never their values'
            cand revoke 'Revoke a token, by its id'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;token;create'= {
            cand --user 'Whose token it is [default: your own]'
            cand --label 'What it is for, as lists show it'
            cand --expires 'When it stops working, from now: 30m, 12h, 90d [default: never]'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;tokens;create'= {
            cand --user 'Whose token it is [default: your own]'
            cand --label 'What it is for, as lists show it'
            cand --expires 'When it stops working, from now: 30m, 12h, 90d [default: never]'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;token;list'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;token;ls'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;tokens;list'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;tokens;ls'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;token;revoke'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;tokens;revoke'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;token;help'= {
            cand create 'Create a token and print it, this once'
            cand list 'List the tokens, never their values'
            cand revoke 'Revoke a token, by its id'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;token;help;create'= {
        }
        &'berth;token;help;list'= {
        }
        &'berth;token;help;revoke'= {
        }
        &'berth;token;help;help'= {
        }
        &'berth;tokens;help'= {
            cand create 'Create a token and print it, this once'
            cand list 'List the tokens, never their values'
            cand revoke 'Revoke a token, by its id'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;tokens;help;create'= {
        }
        &'berth;tokens;help;list'= {
        }
        &'berth;tokens;help;revoke'= {
        }
        &'berth;tokens;help;help'= {
        }
        &'berth;login'= {
            cand --token-file 'Read the access token from this file; `-` is standard input'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;logout'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;whoami'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;demo'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --keep 'Leave the broker up at the end, and say how to connect Claude Code, Cursor and VS Code to it'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;doctor'= {
            cand --docker-host 'The Docker Engine that would run images [default: DOCKER_HOST, or unix:///var/run/docker.sock]'
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;completions'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;man'= {
            cand --output 'How the answer is written to standard output'
            cand --url 'The broker''s address [env: BERTH_URL; default: the one signed in to last]'
            cand --profile 'The sign-in to use, by its name or the broker''s host'
            cand --color 'When to use colours'
            cand --no-input 'Never ask; what is missing is an error that names the flag'
            cand -q 'Print only the answer, warnings and errors'
            cand --quiet 'Print only the answer, warnings and errors'
            cand -v 'Print more of what happens'
            cand --verbose 'Print more of what happens'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'berth;help'= {
            cand serve 'Run the broker: it hosts connectors and holds their users'' tokens'
            cand deploy 'Deploy a connector: package it, start it, check it, and only then let it serve'
            cand init 'Write a berth.toml that says how a folder is deployed'
            cand check 'Run a connector here, as a broker would, and say what is wrong with it'
            cand list 'List the connectors'
            cand show 'Show a connector: its releases, tools, settings and OAuth'
            cand releases 'List a connector''s releases, newest first'
            cand rollback 'Go back to an earlier release of a connector'
            cand restart 'Start a connector''s live release anew'
            cand logs 'Print what a connector wrote to standard error'
            cand call 'Call one tool, as yourself'
            cand delete 'Delete a connector: stop it, erase its settings, its secrets and its users'' grants'
            cand tools 'Show a connector''s tools, and set which of them are offered'
            cand env 'Set what a connector gets in its environment: values for everybody, secrets, and values that each user gives'
            cand oauth 'Configure a connector''s OAuth, before or after it is deployed'
            cand connections 'List users'' authorizations at third parties with their state, and end one'
            cand connect-config 'Print what an MCP client is told to use a connector: a command, or the part of its settings'
            cand access 'Say who may use a connector: everyone, users, or groups'
            cand clients 'List the MCP clients that users have let in, and take one''s access back'
            cand server 'Look after the broker itself: its master keys, and copies of its store'
            cand users 'Add, list and remove users, put them in groups, and print their sign-in links'
            cand sso 'Let people sign in at an OpenID Connect provider'
            cand token 'Create, list and revoke access tokens'
            cand login 'Sign in to a broker'
            cand logout 'Forget the sign-ins to a broker on this machine'
            cand whoami 'Show which broker is used, who you are there, and where the credential comes from'
            cand demo 'Show what berth does, by itself, on this machine, in under a minute'
            cand doctor 'Tell what this machine has of what a broker needs: sandbox, limits, Docker Engine, programs'
            cand completions 'Print the completion script for a shell'
            cand man 'Print the manual page, or write all pages to a folder'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'berth;help;serve'= {
        }
        &'berth;help;deploy'= {
        }
        &'berth;help;init'= {
        }
        &'berth;help;check'= {
        }
        &'berth;help;list'= {
        }
        &'berth;help;show'= {
        }
        &'berth;help;releases'= {
        }
        &'berth;help;rollback'= {
        }
        &'berth;help;restart'= {
        }
        &'berth;help;logs'= {
        }
        &'berth;help;call'= {
        }
        &'berth;help;delete'= {
        }
        &'berth;help;tools'= {
            cand set 'Set which of a connector''s tools are offered'
        }
        &'berth;help;tools;set'= {
        }
        &'berth;help;env'= {
            cand set 'Set values of a connector, or your own with --mine'
            cand unset 'Take values of a connector away, or your own with --mine'
            cand list 'List a connector''s values, never a secret''s; or with --mine what it asks you for'
            cand import 'Set values of a connector from a file of KEY=VALUE lines (.env)'
        }
        &'berth;help;env;set'= {
        }
        &'berth;help;env;unset'= {
        }
        &'berth;help;env;list'= {
        }
        &'berth;help;env;import'= {
        }
        &'berth;help;oauth'= {
            cand set 'Set a connector''s OAuth: the third party''s addresses, the client, and where the token is put'
            cand show 'Show a connector''s OAuth settings, never a secret'
            cand diff 'Show what `berth oauth set --from` would change'
            cand test 'Try a connector''s OAuth settings out, before its users do'
            cand unset 'Take a connector''s OAuth settings away and erase its users'' grants'
            cand redirect-uri 'Print the redirect URI to register at the third party; works before anything is configured'
            cand presets 'List the providers that `berth oauth set --preset` knows'
        }
        &'berth;help;oauth;set'= {
        }
        &'berth;help;oauth;show'= {
        }
        &'berth;help;oauth;diff'= {
        }
        &'berth;help;oauth;test'= {
        }
        &'berth;help;oauth;unset'= {
        }
        &'berth;help;oauth;redirect-uri'= {
        }
        &'berth;help;oauth;presets'= {
            cand show 'Show what a preset sets, where that is documented, and what of it could not be checked'
        }
        &'berth;help;oauth;presets;show'= {
        }
        &'berth;help;connections'= {
            cand list 'List who has authorized what, and how each connection stands'
            cand revoke 'End a user''s authorization: revoke it at the third party, and erase it'
        }
        &'berth;help;connections;list'= {
        }
        &'berth;help;connections;revoke'= {
        }
        &'berth;help;connect-config'= {
        }
        &'berth;help;access'= {
            cand set 'Replace who may use a connector; it counts from the next call on'
            cand show 'Print who may use a connector'
        }
        &'berth;help;access;set'= {
        }
        &'berth;help;access;show'= {
        }
        &'berth;help;clients'= {
            cand list 'List which MCP clients call tools for whom: everybody''s for an admin, else your own'
            cand revoke 'Take a client''s access back: its tokens are refused at once'
        }
        &'berth;help;clients;list'= {
        }
        &'berth;help;clients;revoke'= {
        }
        &'berth;help;server'= {
            cand keys 'List the master keys and how many values are sealed with each'
            cand rotate-key 'Seal with a new master key, and move everything that is stored to it, while calls go on'
            cand backup 'Write a copy of the broker''s store to a file, while the broker goes on'
        }
        &'berth;help;server;keys'= {
        }
        &'berth;help;server;rotate-key'= {
        }
        &'berth;help;server;backup'= {
        }
        &'berth;help;users'= {
            cand add 'Add a user and print the link that signs them in'
            cand groups 'Replace the groups that an admin has put a user in'
            cand link 'Print another one-time link that signs a user in'
            cand list 'List the users'
            cand password 'Set a user''s password, or take it away'
            cand remove 'Remove a user: end their tokens, stop what runs for them, erase their grants'
        }
        &'berth;help;users;add'= {
        }
        &'berth;help;users;groups'= {
        }
        &'berth;help;users;link'= {
        }
        &'berth;help;users;list'= {
        }
        &'berth;help;users;password'= {
        }
        &'berth;help;users;remove'= {
        }
        &'berth;help;sso'= {
            cand set 'Say where people sign in; it replaces what was said before'
            cand show 'Print where people sign in, never the secret'
            cand unset 'Let nobody sign in at a provider any more'
        }
        &'berth;help;sso;set'= {
        }
        &'berth;help;sso;show'= {
        }
        &'berth;help;sso;unset'= {
        }
        &'berth;help;token'= {
            cand create 'Create a token and print it, this once'
            cand list 'List the tokens, never their values'
            cand revoke 'Revoke a token, by its id'
        }
        &'berth;help;token;create'= {
        }
        &'berth;help;token;list'= {
        }
        &'berth;help;token;revoke'= {
        }
        &'berth;help;login'= {
        }
        &'berth;help;logout'= {
        }
        &'berth;help;whoami'= {
        }
        &'berth;help;demo'= {
        }
        &'berth;help;doctor'= {
        }
        &'berth;help;completions'= {
        }
        &'berth;help;man'= {
        }
        &'berth;help;help'= {
        }
    ]
    $completions[$command]
}
