# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_berth_global_optspecs
    string join \n output= url= profile= token-file= ca-file= no-input q/quiet v/verbose color= h/help V/version
end

function __fish_berth_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_berth_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_berth_using_subcommand
    set -l cmd (__fish_berth_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c berth -n "__fish_berth_needs_command" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_needs_command" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_needs_command" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_needs_command" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_needs_command" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_needs_command" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_needs_command" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_needs_command" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_needs_command" -s V -l version -d 'Print version'
complete -c berth -n "__fish_berth_needs_command" -f -a "serve" -d 'Run the broker: it hosts connectors and holds their users\' tokens'
complete -c berth -n "__fish_berth_needs_command" -f -a "deploy" -d 'Deploy a connector: package it, start it, check it, and only then let it serve'
complete -c berth -n "__fish_berth_needs_command" -f -a "plan" -d 'Show what `berth deploy` would do, and change nothing'
complete -c berth -n "__fish_berth_needs_command" -f -a "package" -d 'Make the artifact of a folder or zip file, as `berth deploy` would send it'
complete -c berth -n "__fish_berth_needs_command" -f -a "init" -d 'Write a berth.toml that says how a folder is deployed'
complete -c berth -n "__fish_berth_needs_command" -f -a "check" -d 'Run a connector here, as a broker would, and say what is wrong with it'
complete -c berth -n "__fish_berth_needs_command" -f -a "list" -d 'List the connectors'
complete -c berth -n "__fish_berth_needs_command" -f -a "ls" -d 'List the connectors'
complete -c berth -n "__fish_berth_needs_command" -f -a "show" -d 'Show a connector: its releases, tools, settings and OAuth'
complete -c berth -n "__fish_berth_needs_command" -f -a "status" -d 'Show what became of the newest release of a connector, or of each'
complete -c berth -n "__fish_berth_needs_command" -f -a "open" -d 'Open the broker\'s console in a browser, or a connector\'s page of it'
complete -c berth -n "__fish_berth_needs_command" -f -a "releases" -d 'List a connector\'s releases, newest first'
complete -c berth -n "__fish_berth_needs_command" -f -a "rollback" -d 'Go back to an earlier release of a connector'
complete -c berth -n "__fish_berth_needs_command" -f -a "restart" -d 'Start a connector\'s live release anew'
complete -c berth -n "__fish_berth_needs_command" -f -a "logs" -d 'Print what a connector wrote to standard error'
complete -c berth -n "__fish_berth_needs_command" -f -a "call" -d 'Call one tool, as yourself'
complete -c berth -n "__fish_berth_needs_command" -f -a "delete" -d 'Delete a connector: stop it, erase its settings, its secrets and its users\' grants'
complete -c berth -n "__fish_berth_needs_command" -f -a "rm" -d 'Delete a connector: stop it, erase its settings, its secrets and its users\' grants'
complete -c berth -n "__fish_berth_needs_command" -f -a "tools" -d 'Show a connector\'s tools, and set which of them are offered'
complete -c berth -n "__fish_berth_needs_command" -f -a "env" -d 'Set what a connector gets in its environment: values for everybody, secrets, and values that each user gives'
complete -c berth -n "__fish_berth_needs_command" -f -a "oauth" -d 'Configure a connector\'s OAuth, before or after it is deployed'
complete -c berth -n "__fish_berth_needs_command" -f -a "connections" -d 'List users\' authorizations at third parties with their state, and end one'
complete -c berth -n "__fish_berth_needs_command" -f -a "connection" -d 'List users\' authorizations at third parties with their state, and end one'
complete -c berth -n "__fish_berth_needs_command" -f -a "connect-config" -d 'Print what an MCP client is told to use a connector: a command, or the part of its settings'
complete -c berth -n "__fish_berth_needs_command" -f -a "access" -d 'Say who may use a connector: everyone, users, or groups'
complete -c berth -n "__fish_berth_needs_command" -f -a "audit" -d 'Show who did what: deploys, settings, authorizations, sign-ins'
complete -c berth -n "__fish_berth_needs_command" -f -a "clients" -d 'List the MCP clients that users have let in, and take one\'s access back'
complete -c berth -n "__fish_berth_needs_command" -f -a "client" -d 'List the MCP clients that users have let in, and take one\'s access back'
complete -c berth -n "__fish_berth_needs_command" -f -a "server" -d 'Look after the broker itself: its master keys, and copies of its store'
complete -c berth -n "__fish_berth_needs_command" -f -a "users" -d 'Add, list and remove users, put them in groups, and print their sign-in links'
complete -c berth -n "__fish_berth_needs_command" -f -a "user" -d 'Add, list and remove users, put them in groups, and print their sign-in links'
complete -c berth -n "__fish_berth_needs_command" -f -a "sso" -d 'Let people sign in at an OpenID Connect provider'
complete -c berth -n "__fish_berth_needs_command" -f -a "token" -d 'Create, list and revoke access tokens'
complete -c berth -n "__fish_berth_needs_command" -f -a "tokens" -d 'Create, list and revoke access tokens'
complete -c berth -n "__fish_berth_needs_command" -f -a "trust" -d 'Let pipelines deploy without a secret: their own OIDC token is enough'
complete -c berth -n "__fish_berth_needs_command" -f -a "trusts" -d 'Let pipelines deploy without a secret: their own OIDC token is enough'
complete -c berth -n "__fish_berth_needs_command" -f -a "login" -d 'Sign in to a broker'
complete -c berth -n "__fish_berth_needs_command" -f -a "logout" -d 'Sign out of a broker: end the token there, and forget it here'
complete -c berth -n "__fish_berth_needs_command" -f -a "whoami" -d 'Show which broker is used, who you are there, and where the credential comes from'
complete -c berth -n "__fish_berth_needs_command" -f -a "config" -d 'Show which settings hold here, and where each comes from: a flag, a variable, berth.toml, a sign-in, or the default'
complete -c berth -n "__fish_berth_needs_command" -f -a "demo" -d 'Show what berth does, by itself, on this machine, in under a minute'
complete -c berth -n "__fish_berth_needs_command" -f -a "doctor" -d 'Tell what this machine has of what a broker needs, and this account of what other commands need; mend what can be'
complete -c berth -n "__fish_berth_needs_command" -f -a "completions" -d 'Print the completion script for a shell'
complete -c berth -n "__fish_berth_needs_command" -f -a "man" -d 'Print the manual page, or write all pages to a folder'
complete -c berth -n "__fish_berth_needs_command" -f -a "version" -d 'Show this program\'s version, and the broker\'s'
complete -c berth -n "__fish_berth_needs_command" -f -a "help" -d 'Show the help of a command, or of a topic: exit-codes, environment, manifest, templates'
complete -c berth -n "__fish_berth_using_subcommand serve" -l listen -d 'Where to listen [default: 127.0.0.1:8420]' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l public-url -d 'How users and providers reach the broker [default: the address it listens on]' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l data-dir -d 'The folder that everything is kept in [default: berth in the XDG data folder]' -r -F
complete -c berth -n "__fish_berth_using_subcommand serve" -l tls-cert -d 'Serve HTTPS with this certificate chain (PEM)' -r -F
complete -c berth -n "__fish_berth_using_subcommand serve" -l tls-key -d 'The certificate\'s private key (PEM)' -r -F
complete -c berth -n "__fish_berth_using_subcommand serve" -l master-key -d 'Where a master key is: file:PATH, env:NAME or command:COMMAND; the first one seals, the others open what was sealed before (repeatable) [default: master.key in the data folder]' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l trusted-proxy -d 'A proxy in front that speaks HTTPS to users: plain connections are taken from it (repeatable)' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l allow-private -d 'Let providers be at this private host, or speak plain http; an IP address is let to connectors too (repeatable)' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l hold -d 'How long a call waits for its person to authorize, at most 45, before its client is told where they have to go; less for clients that give up sooner [default: 45]' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l start-timeout -d 'How long a connector may take to start [default: 60]' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l keep -d 'How many old releases of each connector to keep to go back to, and how many that failed [default: 10]' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l gc-grace -d 'How long uploaded files stay that no release and no tag names, at least 10m [default: 24h]' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l engine -d 'What runs packages, bundles and commands: process, or docker [default: process]' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l engine-image -d 'With --engine docker: the image that packages, bundles and commands run in' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l sandbox -d 'Whether connectors\' processes must run in a sandbox: required, best-effort or off [default: required]' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l max-instances -d 'How many instances of connectors may run at a time [default: 500]' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l idle-timeout -d 'After how long without a call an instance stops [default: 10m]' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l requests-per-minute -d 'How many MCP requests a user may make in a minute; 0 for any number [default: 60000]' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l docker-host -d 'The Docker Engine that runs images [default: DOCKER_HOST, or unix:///var/run/docker.sock]' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l config -d 'A TOML file with these settings; flags win over it' -r -F
complete -c berth -n "__fish_berth_using_subcommand serve" -l log -d 'What to log, such as debug or warn,berth=debug' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand serve" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand serve" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand serve" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand serve" -l setup-link -d 'Print a new one-time link that signs the first admin in'
complete -c berth -n "__fish_berth_using_subcommand serve" -l log-json -d 'Write the log as JSON, a line an entry'
complete -c berth -n "__fish_berth_using_subcommand serve" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand serve" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand serve" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand deploy" -l image -d 'A container image: from the container engine here, or else from its registry' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l dockerfile -d 'A Dockerfile, built here for the broker\'s platform' -r -F
complete -c berth -n "__fish_berth_using_subcommand deploy" -l context -d 'The folder that the Dockerfile is built in [default: the Dockerfile\'s own]' -r -F
complete -c berth -n "__fish_berth_using_subcommand deploy" -l artifact -d 'What was pushed to the broker\'s registry: an image or a bundle' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l npx -d 'An npm package, as `npx` takes it: NAME or NAME@VERSION' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l uvx -d 'A Python package, as `uvx` takes it: NAME, NAME==VERSION or NAME@VERSION' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l bundle -d 'The files of a folder or zip file' -r -F
complete -c berth -n "__fish_berth_using_subcommand deploy" -l start -d 'What starts the bundle, run in its folder' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l name -d 'What the connector is called: the last part of its endpoint [default: guessed from the source]' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l transport -d 'How the broker talks to it [default: stdio, or http with --port or --path]' -r -f -a "stdio\t''
http\t''"
complete -c berth -n "__fish_berth_using_subcommand deploy" -l port -d 'For http: the port that it insists on [default: a free one, in PORT and for {port} in arguments]' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l path -d 'For http: where its MCP endpoint is [default: /mcp]' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -s e -l env -d 'A plain setting, given to the connector as an environment variable; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l secret -d 'A secret setting: from the environment variable KEY, from a file, or from standard input; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l memory -d 'The most memory that an instance may use [default: 512m]' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l cpus -d 'How many CPUs an instance may use, such as 0.5 [default: 1]' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l pids -d 'How many processes and threads an instance may have [default: 256]' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l disk -d 'How much an instance may keep in its home folder [default: 1g]' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l min-instances -d 'For http: 1 keeps the instance running when nobody calls it [default: 0]' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l max-instances -d 'How many instances of it may run at a time [default: as many as the broker runs]' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l idle-timeout -d 'After how long without a call an instance stops [default: 10m, or what the broker says]' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l readable -d 'A file or folder on the broker\'s machine that it may read besides its own; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l probe-env -d 'A placeholder to start it with where it refuses to start without a value that comes later; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l env-header-prefix -d 'For http: what the headers are called that carry its values [default: X-Berth-Env-]' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l plan -d 'Deploy only if it would do what this plan says, which `berth plan --out` wrote; exit code 9 otherwise' -r -F
complete -c berth -n "__fish_berth_using_subcommand deploy" -l output-file -d 'Write what came out as lines NAME=value: BERTH_CONNECTOR, BERTH_ENDPOINT, BERTH_RELEASE, BERTH_DIGEST' -r -F
complete -c berth -n "__fish_berth_using_subcommand deploy" -l wait-timeout -d 'How long to wait for it' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand deploy" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand deploy" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand deploy" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand deploy" -l allow-scripts -d 'For --npx and --uvx: run the packages\' own scripts as they are installed'
complete -c berth -n "__fish_berth_using_subcommand deploy" -l force -d 'Deploy even if the release that serves is the same already'
complete -c berth -n "__fish_berth_using_subcommand deploy" -l dry-run -d 'Show what would change and what would be sent, and change nothing'
complete -c berth -n "__fish_berth_using_subcommand deploy" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand deploy" -l detach -d 'Do not wait until the release is live'
complete -c berth -n "__fish_berth_using_subcommand deploy" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand deploy" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand deploy" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand deploy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand plan" -l image -d 'A container image: from the container engine here, or else from its registry' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l dockerfile -d 'A Dockerfile, built here for the broker\'s platform' -r -F
complete -c berth -n "__fish_berth_using_subcommand plan" -l context -d 'The folder that the Dockerfile is built in [default: the Dockerfile\'s own]' -r -F
complete -c berth -n "__fish_berth_using_subcommand plan" -l artifact -d 'What was pushed to the broker\'s registry: an image or a bundle' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l npx -d 'An npm package, as `npx` takes it: NAME or NAME@VERSION' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l uvx -d 'A Python package, as `uvx` takes it: NAME, NAME==VERSION or NAME@VERSION' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l bundle -d 'The files of a folder or zip file' -r -F
complete -c berth -n "__fish_berth_using_subcommand plan" -l start -d 'What starts the bundle, run in its folder' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l name -d 'What the connector is called: the last part of its endpoint [default: guessed from the source]' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l transport -d 'How the broker talks to it [default: stdio, or http with --port or --path]' -r -f -a "stdio\t''
http\t''"
complete -c berth -n "__fish_berth_using_subcommand plan" -l port -d 'For http: the port that it insists on [default: a free one, in PORT and for {port} in arguments]' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l path -d 'For http: where its MCP endpoint is [default: /mcp]' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -s e -l env -d 'A plain setting, given to the connector as an environment variable; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l secret -d 'A secret setting: from the environment variable KEY, from a file, or from standard input; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l memory -d 'The most memory that an instance may use [default: 512m]' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l cpus -d 'How many CPUs an instance may use, such as 0.5 [default: 1]' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l pids -d 'How many processes and threads an instance may have [default: 256]' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l disk -d 'How much an instance may keep in its home folder [default: 1g]' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l min-instances -d 'For http: 1 keeps the instance running when nobody calls it [default: 0]' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l max-instances -d 'How many instances of it may run at a time [default: as many as the broker runs]' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l idle-timeout -d 'After how long without a call an instance stops [default: 10m, or what the broker says]' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l readable -d 'A file or folder on the broker\'s machine that it may read besides its own; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l probe-env -d 'A placeholder to start it with where it refuses to start without a value that comes later; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l env-header-prefix -d 'For http: what the headers are called that carry its values [default: X-Berth-Env-]' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l out -d 'Keep the plan in a file, for `berth deploy --plan`' -r -F
complete -c berth -n "__fish_berth_using_subcommand plan" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand plan" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand plan" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand plan" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand plan" -l allow-scripts -d 'For --npx and --uvx: run the packages\' own scripts as they are installed'
complete -c berth -n "__fish_berth_using_subcommand plan" -l detailed-exit-code -d 'Exit with 10 where a deploy would change something'
complete -c berth -n "__fish_berth_using_subcommand plan" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand plan" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand plan" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand package" -l image -d 'A container image: from the container engine here, or else from its registry' -r
complete -c berth -n "__fish_berth_using_subcommand package" -l dockerfile -d 'A Dockerfile, built here for the broker\'s platform' -r -F
complete -c berth -n "__fish_berth_using_subcommand package" -l context -d 'The folder that the Dockerfile is built in [default: the Dockerfile\'s own]' -r -F
complete -c berth -n "__fish_berth_using_subcommand package" -l artifact -d 'What was pushed to the broker\'s registry: an image or a bundle' -r
complete -c berth -n "__fish_berth_using_subcommand package" -l npx -d 'An npm package, as `npx` takes it: NAME or NAME@VERSION' -r
complete -c berth -n "__fish_berth_using_subcommand package" -l uvx -d 'A Python package, as `uvx` takes it: NAME, NAME==VERSION or NAME@VERSION' -r
complete -c berth -n "__fish_berth_using_subcommand package" -l bundle -d 'The files of a folder or zip file' -r -F
complete -c berth -n "__fish_berth_using_subcommand package" -l start -d 'What starts the bundle, run in its folder' -r
complete -c berth -n "__fish_berth_using_subcommand package" -l out -d 'The folder to write an OCI image layout to; it must be empty, or not there' -r -F
complete -c berth -n "__fish_berth_using_subcommand package" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand package" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand package" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand package" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand package" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand package" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand package" -l allow-scripts -d 'For --npx and --uvx: run the packages\' own scripts as they are installed'
complete -c berth -n "__fish_berth_using_subcommand package" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand package" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand package" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand package" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand init" -l image -d 'A container image: from the container engine here, or else from its registry' -r
complete -c berth -n "__fish_berth_using_subcommand init" -l dockerfile -d 'A Dockerfile, built here for the broker\'s platform' -r -F
complete -c berth -n "__fish_berth_using_subcommand init" -l context -d 'The folder that the Dockerfile is built in [default: the Dockerfile\'s own]' -r -F
complete -c berth -n "__fish_berth_using_subcommand init" -l artifact -d 'What was pushed to the broker\'s registry: an image or a bundle' -r
complete -c berth -n "__fish_berth_using_subcommand init" -l npx -d 'An npm package, as `npx` takes it: NAME or NAME@VERSION' -r
complete -c berth -n "__fish_berth_using_subcommand init" -l uvx -d 'A Python package, as `uvx` takes it: NAME, NAME==VERSION or NAME@VERSION' -r
complete -c berth -n "__fish_berth_using_subcommand init" -l bundle -d 'The files of a folder or zip file' -r -F
complete -c berth -n "__fish_berth_using_subcommand init" -l start -d 'What starts the bundle, run in its folder' -r
complete -c berth -n "__fish_berth_using_subcommand init" -l name -d 'What the connector is called [default: guessed from the source]' -r
complete -c berth -n "__fish_berth_using_subcommand init" -l transport -d 'How the broker talks to it [default: stdio, or http with --port or --path]' -r -f -a "stdio\t''
http\t''"
complete -c berth -n "__fish_berth_using_subcommand init" -l port -d 'For http: the port that it insists on [default: a free one, in PORT and for {port} in arguments]' -r
complete -c berth -n "__fish_berth_using_subcommand init" -l path -d 'For http: where its MCP endpoint is [default: /mcp]' -r
complete -c berth -n "__fish_berth_using_subcommand init" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand init" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand init" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand init" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand init" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand init" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand init" -l allow-scripts -d 'For --npx and --uvx: run the packages\' own scripts as they are installed'
complete -c berth -n "__fish_berth_using_subcommand init" -l force -d 'Replace a berth.toml that is there; its name, settings and names of secrets stay'
complete -c berth -n "__fish_berth_using_subcommand init" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand init" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand init" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand check" -l image -d 'A container image: from the container engine here, or else from its registry' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l dockerfile -d 'A Dockerfile, built here for the broker\'s platform' -r -F
complete -c berth -n "__fish_berth_using_subcommand check" -l context -d 'The folder that the Dockerfile is built in [default: the Dockerfile\'s own]' -r -F
complete -c berth -n "__fish_berth_using_subcommand check" -l artifact -d 'What was pushed to the broker\'s registry: an image or a bundle' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l npx -d 'An npm package, as `npx` takes it: NAME or NAME@VERSION' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l uvx -d 'A Python package, as `uvx` takes it: NAME, NAME==VERSION or NAME@VERSION' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l bundle -d 'The files of a folder or zip file' -r -F
complete -c berth -n "__fish_berth_using_subcommand check" -l start -d 'What starts the bundle, run in its folder' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l name -d 'What the connector is called: the last part of its endpoint [default: guessed from the source]' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l transport -d 'How the broker talks to it [default: stdio, or http with --port or --path]' -r -f -a "stdio\t''
http\t''"
complete -c berth -n "__fish_berth_using_subcommand check" -l port -d 'For http: the port that it insists on [default: a free one, in PORT and for {port} in arguments]' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l path -d 'For http: where its MCP endpoint is [default: /mcp]' -r
complete -c berth -n "__fish_berth_using_subcommand check" -s e -l env -d 'A plain setting, given to the connector as an environment variable; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l secret -d 'A secret setting: from the environment variable KEY, from a file, or from standard input; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l memory -d 'The most memory that an instance may use [default: 512m]' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l cpus -d 'How many CPUs an instance may use, such as 0.5 [default: 1]' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l pids -d 'How many processes and threads an instance may have [default: 256]' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l disk -d 'How much an instance may keep in its home folder [default: 1g]' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l min-instances -d 'For http: 1 keeps the instance running when nobody calls it [default: 0]' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l max-instances -d 'How many instances of it may run at a time [default: as many as the broker runs]' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l idle-timeout -d 'After how long without a call an instance stops [default: 10m, or what the broker says]' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l readable -d 'A file or folder on the broker\'s machine that it may read besides its own; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l probe-env -d 'A placeholder to start it with where it refuses to start without a value that comes later; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l env-header-prefix -d 'For http: what the headers are called that carry its values [default: X-Berth-Env-]' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l timeout -d 'How long a start and each answer may take; brokers allow 60s unless they are told otherwise' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand check" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand check" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand check" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand check" -l allow-scripts -d 'For --npx and --uvx: run the packages\' own scripts as they are installed'
complete -c berth -n "__fish_berth_using_subcommand check" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand check" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand check" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand list" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand list" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand list" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand list" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand list" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand list" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand list" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand list" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand ls" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand ls" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand ls" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand ls" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand ls" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand ls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand ls" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand ls" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand ls" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand show" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand show" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand show" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand show" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand show" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand show" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand show" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand show" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand status" -l wait-timeout -d 'How long to wait at most; exit code 7 then' -r
complete -c berth -n "__fish_berth_using_subcommand status" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand status" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand status" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand status" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand status" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand status" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand status" -l wait -d 'Wait until nothing is under way any more'
complete -c berth -n "__fish_berth_using_subcommand status" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand status" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand status" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand open" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand open" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand open" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand open" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand open" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand open" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand open" -l print -d 'Print the address, and open nothing'
complete -c berth -n "__fish_berth_using_subcommand open" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand open" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand open" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand open" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand releases" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand releases" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand releases" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand releases" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand releases" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand releases" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand releases" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand releases" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand releases" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand releases" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand rollback" -l wait-timeout -d 'How long to wait for it' -r
complete -c berth -n "__fish_berth_using_subcommand rollback" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand rollback" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand rollback" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand rollback" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand rollback" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand rollback" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand rollback" -l dry-run -d 'Say what would change, and change nothing'
complete -c berth -n "__fish_berth_using_subcommand rollback" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand rollback" -l detach -d 'Do not wait until the release is live'
complete -c berth -n "__fish_berth_using_subcommand rollback" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand rollback" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand rollback" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand rollback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand restart" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand restart" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand restart" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand restart" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand restart" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand restart" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand restart" -l clear-homes -d 'Erase all that its instances wrote to their home folders, those of all users'
complete -c berth -n "__fish_berth_using_subcommand restart" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand restart" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand restart" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand restart" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand logs" -s n -l lines -d 'How many of the last lines [default: 100, or all of them with --since]' -r
complete -c berth -n "__fish_berth_using_subcommand logs" -l since -d 'Only lines that are at most this old (10m, 2h), or from this instant on (2026-01-31T12:00:00Z)' -r
complete -c berth -n "__fish_berth_using_subcommand logs" -l user -d 'Only what this user\'s instances wrote: a name, or an id' -r
complete -c berth -n "__fish_berth_using_subcommand logs" -l release -d 'Only what this release\'s instances wrote' -r
complete -c berth -n "__fish_berth_using_subcommand logs" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand logs" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand logs" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand logs" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand logs" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand logs" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand logs" -s f -l follow -d 'Go on printing what is written, until Ctrl-C'
complete -c berth -n "__fish_berth_using_subcommand logs" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand logs" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand logs" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand call" -l args -d 'The arguments, a JSON object; `@FILE` reads a file, `-` standard input' -r
complete -c berth -n "__fish_berth_using_subcommand call" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand call" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand call" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand call" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand call" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand call" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand call" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand call" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand call" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand call" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand delete" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand delete" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand delete" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand delete" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand delete" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand delete" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand delete" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand delete" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand delete" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand delete" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand rm" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand tools; and not __fish_seen_subcommand_from set" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand tools; and not __fish_seen_subcommand_from set" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand tools; and not __fish_seen_subcommand_from set" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand tools; and not __fish_seen_subcommand_from set" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand tools; and not __fish_seen_subcommand_from set" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand tools; and not __fish_seen_subcommand_from set" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand tools; and not __fish_seen_subcommand_from set" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand tools; and not __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand tools; and not __fish_seen_subcommand_from set" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand tools; and not __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand tools; and not __fish_seen_subcommand_from set" -a "set" -d 'Set which of a connector\'s tools are offered'
complete -c berth -n "__fish_berth_using_subcommand tools; and __fish_seen_subcommand_from set" -l hide -d 'Don\'t offer these tools; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand tools; and __fish_seen_subcommand_from set" -l unhide -d 'Take a rule to hide back; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand tools; and __fish_seen_subcommand_from set" -l allow -d 'Offer only these tools, and those that are allowed already; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand tools; and __fish_seen_subcommand_from set" -l unallow -d 'Take a rule to allow back; without any left, every tool is offered; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand tools; and __fish_seen_subcommand_from set" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand tools; and __fish_seen_subcommand_from set" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand tools; and __fish_seen_subcommand_from set" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand tools; and __fish_seen_subcommand_from set" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand tools; and __fish_seen_subcommand_from set" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand tools; and __fish_seen_subcommand_from set" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand tools; and __fish_seen_subcommand_from set" -l reset -d 'Take every rule back first'
complete -c berth -n "__fish_berth_using_subcommand tools; and __fish_seen_subcommand_from set" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand tools; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand tools; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand tools; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand env; and not __fish_seen_subcommand_from set unset list ls import" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand env; and not __fish_seen_subcommand_from set unset list ls import" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand env; and not __fish_seen_subcommand_from set unset list ls import" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand env; and not __fish_seen_subcommand_from set unset list ls import" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand env; and not __fish_seen_subcommand_from set unset list ls import" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand env; and not __fish_seen_subcommand_from set unset list ls import" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand env; and not __fish_seen_subcommand_from set unset list ls import" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand env; and not __fish_seen_subcommand_from set unset list ls import" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand env; and not __fish_seen_subcommand_from set unset list ls import" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand env; and not __fish_seen_subcommand_from set unset list ls import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand env; and not __fish_seen_subcommand_from set unset list ls import" -f -a "set" -d 'Set values of a connector, or your own with --mine'
complete -c berth -n "__fish_berth_using_subcommand env; and not __fish_seen_subcommand_from set unset list ls import" -f -a "unset" -d 'Take values of a connector away, or your own with --mine'
complete -c berth -n "__fish_berth_using_subcommand env; and not __fish_seen_subcommand_from set unset list ls import" -f -a "list" -d 'List a connector\'s values, never a secret\'s; or with --mine what it asks you for'
complete -c berth -n "__fish_berth_using_subcommand env; and not __fish_seen_subcommand_from set unset list ls import" -f -a "ls" -d 'List a connector\'s values, never a secret\'s; or with --mine what it asks you for'
complete -c berth -n "__fish_berth_using_subcommand env; and not __fish_seen_subcommand_from set unset list ls import" -f -a "import" -d 'Set values of a connector from a file of KEY=VALUE lines (.env)'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from set" -l secret -d 'A secret: from the environment variable KEY, from a file, or from standard input; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from set" -l per-user -d 'A value that each user gives, and what they are told of it; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from set" -l wait-timeout -d 'How long to wait for it' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from set" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from set" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from set" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from set" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from set" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from set" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from set" -l mine -d 'Give your own values'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from set" -l detach -d 'Do not wait until the release is live'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from set" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from unset" -l wait-timeout -d 'How long to wait for it' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from unset" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from unset" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from unset" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from unset" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from unset" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from unset" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from unset" -l mine -d 'Erase your own values'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from unset" -l detach -d 'Do not wait until the release is live'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from unset" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from unset" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from unset" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from unset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from list" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from list" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from list" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from list" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from list" -l mine -d 'What the connector asks each user for, and whether you have given it'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from ls" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from ls" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from ls" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from ls" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from ls" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from ls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from ls" -l mine -d 'What the connector asks each user for, and whether you have given it'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from import" -l wait-timeout -d 'How long to wait for it' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from import" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from import" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from import" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from import" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from import" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from import" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from import" -l secret -d 'Take all of them as secrets'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from import" -l detach -d 'Do not wait until the release is live'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from import" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand env; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -f -a "set" -d 'Set a connector\'s OAuth: the third party\'s addresses, the client, and where the token is put'
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -f -a "show" -d 'Show a connector\'s OAuth settings, never a secret'
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -f -a "diff" -d 'Show what `berth oauth set --from` would change'
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -f -a "discover" -d 'Find what a third party\'s OAuth is, and print what `berth oauth set` would take; changes nothing'
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -f -a "test" -d 'Try a connector\'s OAuth settings out, before its users do'
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -f -a "unset" -d 'Take a connector\'s OAuth settings away and erase its users\' grants'
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -f -a "redirect-uri" -d 'Print the redirect URI to register at the third party; works before anything is configured'
complete -c berth -n "__fish_berth_using_subcommand oauth; and not __fish_seen_subcommand_from set show diff discover test unset redirect-uri presets" -f -a "presets" -d 'List the providers that `berth oauth set --preset` knows'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l preset -d 'Set what is known of a provider (`berth oauth presets` lists them), in place of all its settings but the client; the other flags are laid over it' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l from -d 'Set what a file says, as `berth oauth show --output toml` writes it, in place of all settings but the client\'s secret; the other flags are laid over it. `-` is standard input' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l if-version -d 'Refuse when somebody changed the settings since `berth oauth show` gave this version; \'\' stands for no settings' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l issuer -d 'The issuer, whose metadata gives the addresses that are not given (RFC 8414, OpenID Connect Discovery); they are read now, and stay as they are' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l auth-url -d 'Where users are sent to authorize' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l token-url -d 'Where codes and refresh tokens are redeemed' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l refresh-url -d 'Where refresh tokens are redeemed, if elsewhere' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l revoke-url -d 'Where tokens are revoked (RFC 7009) [default: nowhere; they are only erased]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l introspect-url -d 'Where a token\'s state is asked (RFC 7662)' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l userinfo-url -d 'Where a token\'s owner is asked, so that another account is noticed' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l client-id -d 'The client id that the third party gave' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l client-auth -d 'How the client authenticates: in the header, in the body, or not [default: found out]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l grant -d 'How a grant comes about: each user\'s consent, or the client\'s own, for all users' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l scope-separator -d 'What stands between scopes [default: a space]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l scope-param -d 'The parameter that carries the scopes [default: scope]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l auth-param -d 'A further parameter of the authorization request' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l token-param -d 'A further parameter of a request for tokens' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l refresh-param -d 'A further parameter of a refresh' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l rename-param -d 'Another name for a parameter of the standard, such as client_id=app_id; `response_type=` leaves one out, and callback.code=the_code is for that place alone (authorize, callback, token, refresh)' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l no-pkce -d 'Authorize without PKCE, for a provider that refuses it' -r -f -a "true\t''
false\t''"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l token-body -d 'What requests for tokens are written in [default: form]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l field -d 'Where a field of the token stands in the answer, such as access_token=/authed_user/access_token (RFC 6901)' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l capture -d 'More to keep of a token\'s answer, such as instance_url=/instance_url; templates may name it' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l capture-callback -d 'What to keep of the answer to an authorization, such as realmId; with a pattern for what it may look like' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l var -d 'What a variable in an address stands for, such as subdomain=acme in https://{subdomain}.example/token' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l user-var -d 'A variable that each user is asked for, with a pattern for what it may look like' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l assume-lifetime -d 'How long an access token lives whose provider does not say [default: 1h where there is a refresh token]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l refresh-margin -d 'How long before its end a token is refreshed, at most [default: 60s]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l keep-warm -d 'Refresh a grant that was not used for this long, so that it does not die of it' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l rotation -d 'What happens to a refresh token that was used: nothing, it lives a while longer, or it is dead [default: strict]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l resource -d 'The resource that tokens are for (RFC 8707)' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l client-secret-file -d 'Read the client secret from this file; `-` is standard input' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l client-secret-env -d 'Take the client secret from this environment variable' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l client-secret -d 'There only to be refused with the ways that are safe' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l scope -d 'A scope to ask for; repeatable, and several may stand in one, separated by spaces' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l owner -d 'Whose grants serve the users: each their own, or one that an admin makes for all [default: user]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l header -d 'For http connectors: a header that carries the token, such as \'Authorization: Bearer {access_token}\'' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l env -d 'For stdio connectors: a variable that carries the token, such as \'ACCESS_TOKEN={access_token}\'' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l file -d 'For stdio connectors: a variable that names a file with the token in it, such as \'TOKEN_FILE={access_token}\'; a connector that reads it at each call needs no restart when the token changes' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l provider -d 'Set the provider of this name, beside those that the connector uses; several connectors may share one [default: the only one in use, else one of its own]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from show" -l provider -d 'The provider to show [default: all that the connector uses]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from show" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from show" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from show" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from show" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from show" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from diff" -l from -d 'The file, as `berth oauth show --output toml` writes it; `-` is standard input' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from diff" -l provider -d 'The provider to compare with [default: the one that the file names, else the only one in use]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from diff" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from diff" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from diff" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from diff" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from diff" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from diff" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from diff" -l exit-code -d 'Exit with 1 where something differs'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from diff" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from discover" -l issuer -d 'The third party, exactly as its own document names it' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from discover" -l resource -d 'The API or MCP server that wants tokens' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from discover" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from discover" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from discover" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from discover" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from discover" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from discover" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from discover" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from discover" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from discover" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from discover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from test" -l provider -d 'The provider to try [default: all that the connector uses]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from test" -l tool -d 'A tool of the connector\'s to call with the new token' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from test" -l args -d 'The tool\'s arguments, a JSON object' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from test" -l timeout -d 'How long to wait for the sign-in' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from test" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from test" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from test" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from test" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from test" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from test" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from test" -l login -d 'Sign in at the provider, and try all the rest'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from test" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from unset" -l provider -d 'The provider that is meant, where the connector uses several' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from unset" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from unset" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from unset" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from unset" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from unset" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from unset" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from unset" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from unset" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from unset" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from unset" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from unset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from redirect-uri" -l provider -d 'A provider that the connector uses or will use [default: the only one in use, else one of its own]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from redirect-uri" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from redirect-uri" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from redirect-uri" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from redirect-uri" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from redirect-uri" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from redirect-uri" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from redirect-uri" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from redirect-uri" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from redirect-uri" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from redirect-uri" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from presets" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from presets" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from presets" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from presets" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from presets" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from presets" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from presets" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from presets" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from presets" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from presets" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand oauth; and __fish_seen_subcommand_from presets" -f -a "show" -d 'Show what a preset sets, where that is documented, and what of it could not be checked'
complete -c berth -n "__fish_berth_using_subcommand connections; and not __fish_seen_subcommand_from list ls revoke rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand connections; and not __fish_seen_subcommand_from list ls revoke rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and not __fish_seen_subcommand_from list ls revoke rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and not __fish_seen_subcommand_from list ls revoke rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and not __fish_seen_subcommand_from list ls revoke rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand connections; and not __fish_seen_subcommand_from list ls revoke rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand connections; and not __fish_seen_subcommand_from list ls revoke rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand connections; and not __fish_seen_subcommand_from list ls revoke rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand connections; and not __fish_seen_subcommand_from list ls revoke rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand connections; and not __fish_seen_subcommand_from list ls revoke rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand connections; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "list" -d 'List who has authorized what, and how each connection stands'
complete -c berth -n "__fish_berth_using_subcommand connections; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "ls" -d 'List who has authorized what, and how each connection stands'
complete -c berth -n "__fish_berth_using_subcommand connections; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "revoke" -d 'End a user\'s authorization: revoke it at the third party, and erase it'
complete -c berth -n "__fish_berth_using_subcommand connections; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "rm" -d 'End a user\'s authorization: revoke it at the third party, and erase it'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from list" -l user -d 'Those of this user alone' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from list" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from list" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from list" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from list" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from ls" -l user -d 'Those of this user alone' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from ls" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from ls" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from ls" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from ls" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from ls" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from ls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from revoke" -l user -d 'Whose it is' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from revoke" -l provider -d 'The provider, where the connector uses several [default: all of them]' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from revoke" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from revoke" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from revoke" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from revoke" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from revoke" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from revoke" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from revoke" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from revoke" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from rm" -l user -d 'Whose it is' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from rm" -l provider -d 'The provider, where the connector uses several [default: all of them]' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand connections; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand connection; and not __fish_seen_subcommand_from list ls revoke rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand connection; and not __fish_seen_subcommand_from list ls revoke rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and not __fish_seen_subcommand_from list ls revoke rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and not __fish_seen_subcommand_from list ls revoke rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and not __fish_seen_subcommand_from list ls revoke rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand connection; and not __fish_seen_subcommand_from list ls revoke rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand connection; and not __fish_seen_subcommand_from list ls revoke rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand connection; and not __fish_seen_subcommand_from list ls revoke rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand connection; and not __fish_seen_subcommand_from list ls revoke rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand connection; and not __fish_seen_subcommand_from list ls revoke rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand connection; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "list" -d 'List who has authorized what, and how each connection stands'
complete -c berth -n "__fish_berth_using_subcommand connection; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "ls" -d 'List who has authorized what, and how each connection stands'
complete -c berth -n "__fish_berth_using_subcommand connection; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "revoke" -d 'End a user\'s authorization: revoke it at the third party, and erase it'
complete -c berth -n "__fish_berth_using_subcommand connection; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "rm" -d 'End a user\'s authorization: revoke it at the third party, and erase it'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from list" -l user -d 'Those of this user alone' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from list" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from list" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from list" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from list" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from ls" -l user -d 'Those of this user alone' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from ls" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from ls" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from ls" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from ls" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from ls" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from ls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from revoke" -l user -d 'Whose it is' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from revoke" -l provider -d 'The provider, where the connector uses several [default: all of them]' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from revoke" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from revoke" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from revoke" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from revoke" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from revoke" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from revoke" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from revoke" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from revoke" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from rm" -l user -d 'Whose it is' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from rm" -l provider -d 'The provider, where the connector uses several [default: all of them]' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand connection; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand connect-config" -l client -d 'The client' -r -f -a "claude-code\t''
claude-desktop\t''
cursor\t''
vscode\t''
codex\t''
gemini\t''
windsurf\t''
zed\t''
mcp-remote\t'Any client that starts programs and knows no URLs'"
complete -c berth -n "__fish_berth_using_subcommand connect-config" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand connect-config" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand connect-config" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand connect-config" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand connect-config" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand connect-config" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand connect-config" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand connect-config" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand connect-config" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand connect-config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand access; and not __fish_seen_subcommand_from set show" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand access; and not __fish_seen_subcommand_from set show" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand access; and not __fish_seen_subcommand_from set show" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand access; and not __fish_seen_subcommand_from set show" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand access; and not __fish_seen_subcommand_from set show" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand access; and not __fish_seen_subcommand_from set show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand access; and not __fish_seen_subcommand_from set show" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand access; and not __fish_seen_subcommand_from set show" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand access; and not __fish_seen_subcommand_from set show" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand access; and not __fish_seen_subcommand_from set show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand access; and not __fish_seen_subcommand_from set show" -f -a "set" -d 'Replace who may use a connector; it counts from the next call on'
complete -c berth -n "__fish_berth_using_subcommand access; and not __fish_seen_subcommand_from set show" -f -a "show" -d 'Print who may use a connector'
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from set" -l user -d 'This user; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from set" -l group -d 'Everybody in this group; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from set" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from set" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from set" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from set" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from set" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from set" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from set" -l everyone -d 'Everybody who is a user here'
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from set" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from show" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from show" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from show" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from show" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from show" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand access; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand audit" -l connector -d 'Only what was done to this connector or to something of it: a name, or an id' -r
complete -c berth -n "__fish_berth_using_subcommand audit" -l actor -d 'Only what this user did: a name, or an id; `berth` is the broker itself' -r
complete -c berth -n "__fish_berth_using_subcommand audit" -l since -d 'Only what is at most this old (10m, 24h), or from this instant on (2026-01-31T12:00:00Z)' -r
complete -c berth -n "__fish_berth_using_subcommand audit" -l limit -d 'How many entries [default: 100]' -r
complete -c berth -n "__fish_berth_using_subcommand audit" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand audit" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand audit" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand audit" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand audit" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand audit" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand audit" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand audit" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand audit" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand audit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand clients; and not __fish_seen_subcommand_from list ls revoke rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand clients; and not __fish_seen_subcommand_from list ls revoke rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand clients; and not __fish_seen_subcommand_from list ls revoke rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand clients; and not __fish_seen_subcommand_from list ls revoke rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand clients; and not __fish_seen_subcommand_from list ls revoke rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand clients; and not __fish_seen_subcommand_from list ls revoke rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand clients; and not __fish_seen_subcommand_from list ls revoke rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand clients; and not __fish_seen_subcommand_from list ls revoke rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand clients; and not __fish_seen_subcommand_from list ls revoke rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand clients; and not __fish_seen_subcommand_from list ls revoke rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand clients; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "list" -d 'List which MCP clients call tools for whom: everybody\'s for an admin, else your own'
complete -c berth -n "__fish_berth_using_subcommand clients; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "ls" -d 'List which MCP clients call tools for whom: everybody\'s for an admin, else your own'
complete -c berth -n "__fish_berth_using_subcommand clients; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "revoke" -d 'Take a client\'s access back: its tokens are refused at once'
complete -c berth -n "__fish_berth_using_subcommand clients; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "rm" -d 'Take a client\'s access back: its tokens are refused at once'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from list" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from list" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from list" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from list" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from ls" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from ls" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from ls" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from ls" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from ls" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from ls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from revoke" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from revoke" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from revoke" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from revoke" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from revoke" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from revoke" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from revoke" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from revoke" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand clients; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand client; and not __fish_seen_subcommand_from list ls revoke rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand client; and not __fish_seen_subcommand_from list ls revoke rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand client; and not __fish_seen_subcommand_from list ls revoke rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand client; and not __fish_seen_subcommand_from list ls revoke rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand client; and not __fish_seen_subcommand_from list ls revoke rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand client; and not __fish_seen_subcommand_from list ls revoke rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand client; and not __fish_seen_subcommand_from list ls revoke rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand client; and not __fish_seen_subcommand_from list ls revoke rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand client; and not __fish_seen_subcommand_from list ls revoke rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand client; and not __fish_seen_subcommand_from list ls revoke rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand client; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "list" -d 'List which MCP clients call tools for whom: everybody\'s for an admin, else your own'
complete -c berth -n "__fish_berth_using_subcommand client; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "ls" -d 'List which MCP clients call tools for whom: everybody\'s for an admin, else your own'
complete -c berth -n "__fish_berth_using_subcommand client; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "revoke" -d 'Take a client\'s access back: its tokens are refused at once'
complete -c berth -n "__fish_berth_using_subcommand client; and not __fish_seen_subcommand_from list ls revoke rm" -f -a "rm" -d 'Take a client\'s access back: its tokens are refused at once'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from list" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from list" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from list" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from list" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from ls" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from ls" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from ls" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from ls" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from ls" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from ls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from revoke" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from revoke" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from revoke" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from revoke" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from revoke" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from revoke" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from revoke" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from revoke" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand client; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand server; and not __fish_seen_subcommand_from keys rotate-key backup" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand server; and not __fish_seen_subcommand_from keys rotate-key backup" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand server; and not __fish_seen_subcommand_from keys rotate-key backup" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand server; and not __fish_seen_subcommand_from keys rotate-key backup" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand server; and not __fish_seen_subcommand_from keys rotate-key backup" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand server; and not __fish_seen_subcommand_from keys rotate-key backup" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand server; and not __fish_seen_subcommand_from keys rotate-key backup" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand server; and not __fish_seen_subcommand_from keys rotate-key backup" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand server; and not __fish_seen_subcommand_from keys rotate-key backup" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand server; and not __fish_seen_subcommand_from keys rotate-key backup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand server; and not __fish_seen_subcommand_from keys rotate-key backup" -f -a "keys" -d 'List the master keys and how many values are sealed with each'
complete -c berth -n "__fish_berth_using_subcommand server; and not __fish_seen_subcommand_from keys rotate-key backup" -f -a "rotate-key" -d 'Seal with a new master key, and move everything that is stored to it, while calls go on'
complete -c berth -n "__fish_berth_using_subcommand server; and not __fish_seen_subcommand_from keys rotate-key backup" -f -a "backup" -d 'Write a copy of the broker\'s store to a file, while the broker goes on'
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from keys" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from keys" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from keys" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from keys" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from keys" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from keys" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from keys" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from keys" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from keys" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from keys" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from rotate-key" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from rotate-key" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from rotate-key" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from rotate-key" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from rotate-key" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from rotate-key" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from rotate-key" -l no-wait -d 'Don\'t wait until everything has been moved'
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from rotate-key" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from rotate-key" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from rotate-key" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from rotate-key" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from backup" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from backup" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from backup" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from backup" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from backup" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from backup" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from backup" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from backup" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from backup" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand server; and __fish_seen_subcommand_from backup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "add" -d 'Add a user and print the link that signs them in'
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "groups" -d 'Replace the groups that an admin has put a user in'
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "link" -d 'Print another one-time link that signs a user in'
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "list" -d 'List the users'
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "ls" -d 'List the users'
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "password" -d 'Set a user\'s password, or take it away'
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "remove" -d 'Remove a user: end their tokens, stop what runs for them, erase their grants'
complete -c berth -n "__fish_berth_using_subcommand users; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "rm" -d 'Remove a user: end their tokens, stop what runs for them, erase their grants'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from add" -l role -d 'What the user may do: member (calls tools), deployer, admin; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from add" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from add" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from add" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from add" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from add" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from add" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from groups" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from groups" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from groups" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from groups" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from groups" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from groups" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from groups" -l none -d 'None of them'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from groups" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from groups" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from groups" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from groups" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from link" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from link" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from link" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from link" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from link" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from link" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from link" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from link" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from link" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from link" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from list" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from list" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from list" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from list" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from ls" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from ls" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from ls" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from ls" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from ls" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from ls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from password" -l password-file -d 'A file with the password; - is standard input' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from password" -l password-env -d 'The environment variable with the password' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from password" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from password" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from password" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from password" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from password" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from password" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from password" -l remove -d 'Take the password away: links and tokens are left'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from password" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from password" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from password" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from password" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from remove" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from remove" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from remove" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from remove" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from remove" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from remove" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand users; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "add" -d 'Add a user and print the link that signs them in'
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "groups" -d 'Replace the groups that an admin has put a user in'
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "link" -d 'Print another one-time link that signs a user in'
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "list" -d 'List the users'
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "ls" -d 'List the users'
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "password" -d 'Set a user\'s password, or take it away'
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "remove" -d 'Remove a user: end their tokens, stop what runs for them, erase their grants'
complete -c berth -n "__fish_berth_using_subcommand user; and not __fish_seen_subcommand_from add groups link list ls password remove rm" -f -a "rm" -d 'Remove a user: end their tokens, stop what runs for them, erase their grants'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from add" -l role -d 'What the user may do: member (calls tools), deployer, admin; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from add" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from add" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from add" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from add" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from add" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from add" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from groups" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from groups" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from groups" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from groups" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from groups" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from groups" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from groups" -l none -d 'None of them'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from groups" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from groups" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from groups" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from groups" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from link" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from link" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from link" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from link" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from link" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from link" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from link" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from link" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from link" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from link" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from list" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from list" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from list" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from list" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from ls" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from ls" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from ls" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from ls" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from ls" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from ls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from password" -l password-file -d 'A file with the password; - is standard input' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from password" -l password-env -d 'The environment variable with the password' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from password" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from password" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from password" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from password" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from password" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from password" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from password" -l remove -d 'Take the password away: links and tokens are left'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from password" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from password" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from password" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from password" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from remove" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from remove" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from remove" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from remove" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from remove" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from remove" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand user; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand sso; and not __fish_seen_subcommand_from set show unset" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand sso; and not __fish_seen_subcommand_from set show unset" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and not __fish_seen_subcommand_from set show unset" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and not __fish_seen_subcommand_from set show unset" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and not __fish_seen_subcommand_from set show unset" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand sso; and not __fish_seen_subcommand_from set show unset" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand sso; and not __fish_seen_subcommand_from set show unset" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand sso; and not __fish_seen_subcommand_from set show unset" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand sso; and not __fish_seen_subcommand_from set show unset" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand sso; and not __fish_seen_subcommand_from set show unset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand sso; and not __fish_seen_subcommand_from set show unset" -f -a "set" -d 'Say where people sign in; it replaces what was said before'
complete -c berth -n "__fish_berth_using_subcommand sso; and not __fish_seen_subcommand_from set show unset" -f -a "show" -d 'Print where people sign in, never the secret'
complete -c berth -n "__fish_berth_using_subcommand sso; and not __fish_seen_subcommand_from set show unset" -f -a "unset" -d 'Let nobody sign in at a provider any more'
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -l issuer -d 'The provider\'s issuer, the address before /.well-known/openid-configuration' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -l client-id -d 'The client id that the provider gave' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -l client-secret-file -d 'A file with the client secret; - is standard input [default: the secret that there is]' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -l client-secret-env -d 'The environment variable with the client secret' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -l allow-domain -d 'Let people in whose verified e-mail address is of this domain; repeatable' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -l allow-group -d 'Let people in who are in this group; repeatable, one is enough' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -l groups-claim -d 'The claim that has a person\'s groups' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -l scope -d 'A scope to ask for besides openid; repeatable [default: email profile]' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from show" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from show" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from show" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from show" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from show" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from unset" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from unset" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from unset" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from unset" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from unset" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from unset" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from unset" -s y -l yes -d 'Do not ask'
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from unset" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from unset" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from unset" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand sso; and __fish_seen_subcommand_from unset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand token; and not __fish_seen_subcommand_from create list ls revoke" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand token; and not __fish_seen_subcommand_from create list ls revoke" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand token; and not __fish_seen_subcommand_from create list ls revoke" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand token; and not __fish_seen_subcommand_from create list ls revoke" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand token; and not __fish_seen_subcommand_from create list ls revoke" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand token; and not __fish_seen_subcommand_from create list ls revoke" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand token; and not __fish_seen_subcommand_from create list ls revoke" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand token; and not __fish_seen_subcommand_from create list ls revoke" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand token; and not __fish_seen_subcommand_from create list ls revoke" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand token; and not __fish_seen_subcommand_from create list ls revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand token; and not __fish_seen_subcommand_from create list ls revoke" -f -a "create" -d 'Create a token and print it, this once'
complete -c berth -n "__fish_berth_using_subcommand token; and not __fish_seen_subcommand_from create list ls revoke" -f -a "list" -d 'List the tokens, never their values'
complete -c berth -n "__fish_berth_using_subcommand token; and not __fish_seen_subcommand_from create list ls revoke" -f -a "ls" -d 'List the tokens, never their values'
complete -c berth -n "__fish_berth_using_subcommand token; and not __fish_seen_subcommand_from create list ls revoke" -f -a "revoke" -d 'Revoke a token, by its id'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from create" -l user -d 'Whose token it is [default: your own]' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from create" -l label -d 'What it is for, as lists show it' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from create" -l expires -d 'When it stops working, from now: 30m, 12h, 90d [default: never]' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from create" -l scope -d 'What it may do: deploy:NAME deploys, rolls back and restarts that connector, and sees how it is; configure:NAME sets its OAuth, environment, access and tools, too; repeatable [default: all that its owner may]' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from create" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from create" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from create" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from create" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from create" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from create" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from list" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from list" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from list" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from list" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from ls" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from ls" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from ls" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from ls" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from ls" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from ls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from revoke" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from revoke" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from revoke" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from revoke" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from revoke" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from revoke" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from revoke" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand token; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls revoke" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls revoke" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls revoke" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls revoke" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls revoke" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls revoke" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls revoke" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls revoke" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls revoke" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls revoke" -f -a "create" -d 'Create a token and print it, this once'
complete -c berth -n "__fish_berth_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls revoke" -f -a "list" -d 'List the tokens, never their values'
complete -c berth -n "__fish_berth_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls revoke" -f -a "ls" -d 'List the tokens, never their values'
complete -c berth -n "__fish_berth_using_subcommand tokens; and not __fish_seen_subcommand_from create list ls revoke" -f -a "revoke" -d 'Revoke a token, by its id'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from create" -l user -d 'Whose token it is [default: your own]' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from create" -l label -d 'What it is for, as lists show it' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from create" -l expires -d 'When it stops working, from now: 30m, 12h, 90d [default: never]' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from create" -l scope -d 'What it may do: deploy:NAME deploys, rolls back and restarts that connector, and sees how it is; configure:NAME sets its OAuth, environment, access and tools, too; repeatable [default: all that its owner may]' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from create" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from create" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from create" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from create" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from create" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from create" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from list" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from list" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from list" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from list" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand trust; and not __fish_seen_subcommand_from add list ls remove rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand trust; and not __fish_seen_subcommand_from add list ls remove rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and not __fish_seen_subcommand_from add list ls remove rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and not __fish_seen_subcommand_from add list ls remove rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and not __fish_seen_subcommand_from add list ls remove rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand trust; and not __fish_seen_subcommand_from add list ls remove rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand trust; and not __fish_seen_subcommand_from add list ls remove rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand trust; and not __fish_seen_subcommand_from add list ls remove rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand trust; and not __fish_seen_subcommand_from add list ls remove rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand trust; and not __fish_seen_subcommand_from add list ls remove rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand trust; and not __fish_seen_subcommand_from add list ls remove rm" -f -a "add" -d 'Trust the pipelines of a repository, or of any OIDC issuer'
complete -c berth -n "__fish_berth_using_subcommand trust; and not __fish_seen_subcommand_from add list ls remove rm" -f -a "list" -d 'List the pipelines that are trusted'
complete -c berth -n "__fish_berth_using_subcommand trust; and not __fish_seen_subcommand_from add list ls remove rm" -f -a "ls" -d 'List the pipelines that are trusted'
complete -c berth -n "__fish_berth_using_subcommand trust; and not __fish_seen_subcommand_from add list ls remove rm" -f -a "remove" -d 'Trust pipelines no longer, and end the tokens that they have'
complete -c berth -n "__fish_berth_using_subcommand trust; and not __fish_seen_subcommand_from add list ls remove rm" -f -a "rm" -d 'Trust pipelines no longer, and end the tokens that they have'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from add" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from add" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from add" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from add" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from add" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from add" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from add" -f -a "github" -d 'Trust the GitHub Actions of a repository'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from add" -f -a "oidc" -d 'Trust pipelines by any OIDC issuer\'s tokens'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from list" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from list" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from list" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from list" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from ls" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from ls" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from ls" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from ls" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from ls" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from ls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from remove" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from remove" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from remove" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from remove" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from remove" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from remove" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand trust; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand trusts; and not __fish_seen_subcommand_from add list ls remove rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand trusts; and not __fish_seen_subcommand_from add list ls remove rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and not __fish_seen_subcommand_from add list ls remove rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and not __fish_seen_subcommand_from add list ls remove rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and not __fish_seen_subcommand_from add list ls remove rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand trusts; and not __fish_seen_subcommand_from add list ls remove rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand trusts; and not __fish_seen_subcommand_from add list ls remove rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand trusts; and not __fish_seen_subcommand_from add list ls remove rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand trusts; and not __fish_seen_subcommand_from add list ls remove rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand trusts; and not __fish_seen_subcommand_from add list ls remove rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand trusts; and not __fish_seen_subcommand_from add list ls remove rm" -f -a "add" -d 'Trust the pipelines of a repository, or of any OIDC issuer'
complete -c berth -n "__fish_berth_using_subcommand trusts; and not __fish_seen_subcommand_from add list ls remove rm" -f -a "list" -d 'List the pipelines that are trusted'
complete -c berth -n "__fish_berth_using_subcommand trusts; and not __fish_seen_subcommand_from add list ls remove rm" -f -a "ls" -d 'List the pipelines that are trusted'
complete -c berth -n "__fish_berth_using_subcommand trusts; and not __fish_seen_subcommand_from add list ls remove rm" -f -a "remove" -d 'Trust pipelines no longer, and end the tokens that they have'
complete -c berth -n "__fish_berth_using_subcommand trusts; and not __fish_seen_subcommand_from add list ls remove rm" -f -a "rm" -d 'Trust pipelines no longer, and end the tokens that they have'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from add" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from add" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from add" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from add" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from add" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from add" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from add" -f -a "github" -d 'Trust the GitHub Actions of a repository'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from add" -f -a "oidc" -d 'Trust pipelines by any OIDC issuer\'s tokens'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from list" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from list" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from list" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from list" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from ls" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from ls" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from ls" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from ls" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from ls" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from ls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from remove" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from remove" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from remove" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from remove" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from remove" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from remove" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from rm" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from rm" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from rm" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from rm" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from rm" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from rm" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from rm" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand trusts; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand login" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand login" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand login" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand login" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand login" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand login" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand login" -l device -d 'Show a code to type on another device'
complete -c berth -n "__fish_berth_using_subcommand login" -l browser -d 'Open the browser, also without a terminal'
complete -c berth -n "__fish_berth_using_subcommand login" -l with-token -d 'Ask for an access token, or read it from standard input'
complete -c berth -n "__fish_berth_using_subcommand login" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand login" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand login" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand logout" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand logout" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand logout" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand logout" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand logout" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand logout" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand logout" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand logout" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand logout" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand whoami" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand whoami" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand whoami" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand whoami" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand whoami" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand whoami" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand whoami" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand whoami" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand whoami" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand whoami" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand config; and not __fish_seen_subcommand_from list get" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand config; and not __fish_seen_subcommand_from list get" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand config; and not __fish_seen_subcommand_from list get" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand config; and not __fish_seen_subcommand_from list get" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand config; and not __fish_seen_subcommand_from list get" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand config; and not __fish_seen_subcommand_from list get" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand config; and not __fish_seen_subcommand_from list get" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand config; and not __fish_seen_subcommand_from list get" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand config; and not __fish_seen_subcommand_from list get" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand config; and not __fish_seen_subcommand_from list get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand config; and not __fish_seen_subcommand_from list get" -f -a "list" -d 'List the settings that hold here'
complete -c berth -n "__fish_berth_using_subcommand config; and not __fish_seen_subcommand_from list get" -f -a "get" -d 'Print one setting that holds here'
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from list" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from list" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from list" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from list" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from list" -l show-origin -d 'Show where each comes from'
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from get" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from get" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from get" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from get" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from get" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from get" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from get" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand config; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand demo" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand demo" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand demo" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand demo" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand demo" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand demo" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand demo" -l keep -d 'Leave the broker up at the end, and say how to connect Claude Code, Cursor and VS Code to it'
complete -c berth -n "__fish_berth_using_subcommand demo" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand demo" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand demo" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand doctor" -l docker-host -d 'The Docker Engine that would run images [default: DOCKER_HOST, or unix:///var/run/docker.sock]' -r
complete -c berth -n "__fish_berth_using_subcommand doctor" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand doctor" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand doctor" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand doctor" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand doctor" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand doctor" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand doctor" -l fix -d 'Mend what can be mended here'
complete -c berth -n "__fish_berth_using_subcommand doctor" -s y -l yes -d 'With --fix: do not ask'
complete -c berth -n "__fish_berth_using_subcommand doctor" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand doctor" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand doctor" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand completions" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand completions" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand completions" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand completions" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand completions" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand completions" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand completions" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand completions" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand man" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand man" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand man" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand man" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand man" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand man" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand man" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand man" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand man" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand version" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand version" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand version" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand version" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand version" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand version" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand version" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand version" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand version" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c berth -n "__fish_berth_using_subcommand help" -l output -d 'How the answer is written to standard output' -r -f -a "text\t'For people'
json\t'One JSON document, for scripts'
jsonl\t'One JSON document a line, for `berth logs --follow`'
toml\t'A file to edit and give back; `berth oauth show` has one'"
complete -c berth -n "__fish_berth_using_subcommand help" -l url -d 'The broker\'s address [env: BERTH_URL; default: the one signed in to last]' -r
complete -c berth -n "__fish_berth_using_subcommand help" -l profile -d 'The sign-in to use, by its name or the broker\'s host' -r
complete -c berth -n "__fish_berth_using_subcommand help" -l token-file -d 'Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]' -r
complete -c berth -n "__fish_berth_using_subcommand help" -l ca-file -d 'Trust this authority\'s certificates (PEM) for the broker, too' -r -F
complete -c berth -n "__fish_berth_using_subcommand help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is "dumb"'
always\t''
never\t''"
complete -c berth -n "__fish_berth_using_subcommand help" -l no-input -d 'Never ask; what is missing is an error that names the flag'
complete -c berth -n "__fish_berth_using_subcommand help" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c berth -n "__fish_berth_using_subcommand help" -s v -l verbose -d 'Print more of what happens'
complete -c berth -n "__fish_berth_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
