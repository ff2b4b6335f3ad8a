
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'berth' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'berth'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'berth' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run the broker: it hosts connectors and holds their users'' tokens')
            [CompletionResult]::new('deploy', 'deploy', [CompletionResultType]::ParameterValue, 'Deploy a connector: package it, start it, check it, and only then let it serve')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a berth.toml that says how a folder is deployed')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Run a connector here, as a broker would, and say what is wrong with it')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the connectors')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List the connectors')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a connector: its releases, tools, settings and OAuth')
            [CompletionResult]::new('releases', 'releases', [CompletionResultType]::ParameterValue, 'List a connector''s releases, newest first')
            [CompletionResult]::new('rollback', 'rollback', [CompletionResultType]::ParameterValue, 'Go back to an earlier release of a connector')
            [CompletionResult]::new('restart', 'restart', [CompletionResultType]::ParameterValue, 'Start a connector''s live release anew')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Print what a connector wrote to standard error')
            [CompletionResult]::new('call', 'call', [CompletionResultType]::ParameterValue, 'Call one tool, as yourself')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a connector: stop it, erase its settings, its secrets and its users'' grants')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Delete a connector: stop it, erase its settings, its secrets and its users'' grants')
            [CompletionResult]::new('tools', 'tools', [CompletionResultType]::ParameterValue, 'Show a connector''s tools, and set which of them are offered')
            [CompletionResult]::new('env', 'env', [CompletionResultType]::ParameterValue, 'Set what a connector gets in its environment: values for everybody, secrets, and values that each user gives')
            [CompletionResult]::new('oauth', 'oauth', [CompletionResultType]::ParameterValue, 'Configure a connector''s OAuth, before or after it is deployed')
            [CompletionResult]::new('connections', 'connections', [CompletionResultType]::ParameterValue, 'List users'' authorizations at third parties with their state, and end one')
            [CompletionResult]::new('connection', 'connection', [CompletionResultType]::ParameterValue, 'List users'' authorizations at third parties with their state, and end one')
            [CompletionResult]::new('connect-config', 'connect-config', [CompletionResultType]::ParameterValue, 'Print what an MCP client is told to use a connector: a command, or the part of its settings')
            [CompletionResult]::new('access', 'access', [CompletionResultType]::ParameterValue, 'Say who may use a connector: everyone, users, or groups')
            [CompletionResult]::new('clients', 'clients', [CompletionResultType]::ParameterValue, 'List the MCP clients that users have let in, and take one''s access back')
            [CompletionResult]::new('client', 'client', [CompletionResultType]::ParameterValue, 'List the MCP clients that users have let in, and take one''s access back')
            [CompletionResult]::new('server', 'server', [CompletionResultType]::ParameterValue, 'Look after the broker itself: its master keys, and copies of its store')
            [CompletionResult]::new('users', 'users', [CompletionResultType]::ParameterValue, 'Add, list and remove users, put them in groups, and print their sign-in links')
            [CompletionResult]::new('user', 'user', [CompletionResultType]::ParameterValue, 'Add, list and remove users, put them in groups, and print their sign-in links')
            [CompletionResult]::new('sso', 'sso', [CompletionResultType]::ParameterValue, 'Let people sign in at an OpenID Connect provider')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Create, list and revoke access tokens')
            [CompletionResult]::new('tokens', 'tokens', [CompletionResultType]::ParameterValue, 'Create, list and revoke access tokens')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Sign in to a broker')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Forget the sign-ins to a broker on this machine')
            [CompletionResult]::new('whoami', 'whoami', [CompletionResultType]::ParameterValue, 'Show which broker is used, who you are there, and where the credential comes from')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show what berth does, by itself, on this machine, in under a minute')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Tell what this machine has of what a broker needs: sandbox, limits, Docker Engine, programs')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page, or write all pages to a folder')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;serve' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Where to listen [default: 127.0.0.1:8420]')
            [CompletionResult]::new('--public-url', '--public-url', [CompletionResultType]::ParameterName, 'How users and providers reach the broker [default: the address it listens on]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder that everything is kept in [default: berth in the XDG data folder]')
            [CompletionResult]::new('--tls-cert', '--tls-cert', [CompletionResultType]::ParameterName, 'Serve HTTPS with this certificate chain (PEM)')
            [CompletionResult]::new('--tls-key', '--tls-key', [CompletionResultType]::ParameterName, 'The certificate''s private key (PEM)')
            [CompletionResult]::new('--master-key', '--master-key', [CompletionResultType]::ParameterName, 'Where a master key is: file:PATH, env:NAME or command:COMMAND; the first one seals, the others open what was sealed before (repeatable) [default: master.key in the data folder]')
            [CompletionResult]::new('--trusted-proxy', '--trusted-proxy', [CompletionResultType]::ParameterName, 'A proxy in front that speaks HTTPS to users: plain connections are taken from it (repeatable)')
            [CompletionResult]::new('--allow-private', '--allow-private', [CompletionResultType]::ParameterName, 'Let providers be at this private host, or speak plain http; an IP address is let to connectors too (repeatable)')
            [CompletionResult]::new('--hold', '--hold', [CompletionResultType]::ParameterName, 'How long a call waits for its person to authorize, at most 45, before its client is told where they have to go; less for clients that give up sooner [default: 45]')
            [CompletionResult]::new('--start-timeout', '--start-timeout', [CompletionResultType]::ParameterName, 'How long a connector may take to start [default: 60]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'How many old releases of each connector to keep to go back to, and how many that failed [default: 10]')
            [CompletionResult]::new('--gc-grace', '--gc-grace', [CompletionResultType]::ParameterName, 'How long uploaded files stay that no release and no tag names, at least 10m [default: 24h]')
            [CompletionResult]::new('--engine', '--engine', [CompletionResultType]::ParameterName, 'What runs packages, bundles and commands: process, or docker [default: process]')
            [CompletionResult]::new('--engine-image', '--engine-image', [CompletionResultType]::ParameterName, 'With --engine docker: the image that packages, bundles and commands run in')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Whether connectors'' processes must run in a sandbox: required, best-effort or off [default: required]')
            [CompletionResult]::new('--max-instances', '--max-instances', [CompletionResultType]::ParameterName, 'How many instances of connectors may run at a time [default: 500]')
            [CompletionResult]::new('--idle-timeout', '--idle-timeout', [CompletionResultType]::ParameterName, 'After how long without a call an instance stops [default: 10m]')
            [CompletionResult]::new('--requests-per-minute', '--requests-per-minute', [CompletionResultType]::ParameterName, 'How many MCP requests a user may make in a minute; 0 for any number [default: 60000]')
            [CompletionResult]::new('--docker-host', '--docker-host', [CompletionResultType]::ParameterName, 'The Docker Engine that runs images [default: DOCKER_HOST, or unix:///var/run/docker.sock]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'A TOML file with these settings; flags win over it')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'What to log, such as debug or warn,berth=debug')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--setup-link', '--setup-link', [CompletionResultType]::ParameterName, 'Print a new one-time link that signs the first admin in')
            [CompletionResult]::new('--log-json', '--log-json', [CompletionResultType]::ParameterName, 'Write the log as JSON, a line an entry')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;deploy' {
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'A container image: from the container engine here, or else from its registry')
            [CompletionResult]::new('--dockerfile', '--dockerfile', [CompletionResultType]::ParameterName, 'A Dockerfile, built here for the broker''s platform')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The folder that the Dockerfile is built in [default: the Dockerfile''s own]')
            [CompletionResult]::new('--artifact', '--artifact', [CompletionResultType]::ParameterName, 'What was pushed to the broker''s registry: an image or a bundle')
            [CompletionResult]::new('--npx', '--npx', [CompletionResultType]::ParameterName, 'An npm package, as `npx` takes it: NAME or NAME@VERSION')
            [CompletionResult]::new('--uvx', '--uvx', [CompletionResultType]::ParameterName, 'A Python package, as `uvx` takes it: NAME, NAME==VERSION or NAME@VERSION')
            [CompletionResult]::new('--bundle', '--bundle', [CompletionResultType]::ParameterName, 'The files of a folder or zip file')
            [CompletionResult]::new('--start', '--start', [CompletionResultType]::ParameterName, 'What starts the bundle, run in its folder')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'What the connector is called: the last part of its endpoint [default: guessed from the source]')
            [CompletionResult]::new('--transport', '--transport', [CompletionResultType]::ParameterName, 'How the broker talks to it [default: stdio, or http with --port or --path]')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'For http: the port that it insists on [default: a free one, in PORT and for {port} in arguments]')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'For http: where its MCP endpoint is [default: /mcp]')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'A plain setting, given to the connector as an environment variable; repeatable')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'A plain setting, given to the connector as an environment variable; repeatable')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'A secret setting: from the environment variable KEY, from a file, or from standard input; repeatable')
            [CompletionResult]::new('--memory', '--memory', [CompletionResultType]::ParameterName, 'The most memory that an instance may use [default: 512m]')
            [CompletionResult]::new('--cpus', '--cpus', [CompletionResultType]::ParameterName, 'How many CPUs an instance may use, such as 0.5 [default: 1]')
            [CompletionResult]::new('--pids', '--pids', [CompletionResultType]::ParameterName, 'How many processes and threads an instance may have [default: 256]')
            [CompletionResult]::new('--disk', '--disk', [CompletionResultType]::ParameterName, 'How much an instance may keep in its home folder [default: 1g]')
            [CompletionResult]::new('--min-instances', '--min-instances', [CompletionResultType]::ParameterName, 'For http: 1 keeps the instance running when nobody calls it [default: 0]')
            [CompletionResult]::new('--max-instances', '--max-instances', [CompletionResultType]::ParameterName, 'How many instances of it may run at a time [default: as many as the broker runs]')
            [CompletionResult]::new('--idle-timeout', '--idle-timeout', [CompletionResultType]::ParameterName, 'After how long without a call an instance stops [default: 10m, or what the broker says]')
            [CompletionResult]::new('--readable', '--readable', [CompletionResultType]::ParameterName, 'A file or folder on the broker''s machine that it may read besides its own; repeatable')
            [CompletionResult]::new('--probe-env', '--probe-env', [CompletionResultType]::ParameterName, 'A placeholder to start it with where it refuses to start without a value that comes later; repeatable')
            [CompletionResult]::new('--env-header-prefix', '--env-header-prefix', [CompletionResultType]::ParameterName, 'For http: what the headers are called that carry its values [default: X-Berth-Env-]')
            [CompletionResult]::new('--wait-timeout', '--wait-timeout', [CompletionResultType]::ParameterName, 'How long to wait for it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--allow-scripts', '--allow-scripts', [CompletionResultType]::ParameterName, 'For --npx and --uvx: run the packages'' own scripts as they are installed')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Deploy even if the release that serves is the same already')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would change and what would be sent, and change nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--detach', '--detach', [CompletionResultType]::ParameterName, 'Do not wait until the release is live')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;init' {
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'A container image: from the container engine here, or else from its registry')
            [CompletionResult]::new('--dockerfile', '--dockerfile', [CompletionResultType]::ParameterName, 'A Dockerfile, built here for the broker''s platform')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The folder that the Dockerfile is built in [default: the Dockerfile''s own]')
            [CompletionResult]::new('--artifact', '--artifact', [CompletionResultType]::ParameterName, 'What was pushed to the broker''s registry: an image or a bundle')
            [CompletionResult]::new('--npx', '--npx', [CompletionResultType]::ParameterName, 'An npm package, as `npx` takes it: NAME or NAME@VERSION')
            [CompletionResult]::new('--uvx', '--uvx', [CompletionResultType]::ParameterName, 'A Python package, as `uvx` takes it: NAME, NAME==VERSION or NAME@VERSION')
            [CompletionResult]::new('--bundle', '--bundle', [CompletionResultType]::ParameterName, 'The files of a folder or zip file')
            [CompletionResult]::new('--start', '--start', [CompletionResultType]::ParameterName, 'What starts the bundle, run in its folder')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'What the connector is called [default: guessed from the source]')
            [CompletionResult]::new('--transport', '--transport', [CompletionResultType]::ParameterName, 'How the broker talks to it [default: stdio, or http with --port or --path]')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'For http: the port that it insists on [default: a free one, in PORT and for {port} in arguments]')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'For http: where its MCP endpoint is [default: /mcp]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--allow-scripts', '--allow-scripts', [CompletionResultType]::ParameterName, 'For --npx and --uvx: run the packages'' own scripts as they are installed')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace a berth.toml that is there; its name, settings and names of secrets stay')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;check' {
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'A container image: from the container engine here, or else from its registry')
            [CompletionResult]::new('--dockerfile', '--dockerfile', [CompletionResultType]::ParameterName, 'A Dockerfile, built here for the broker''s platform')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The folder that the Dockerfile is built in [default: the Dockerfile''s own]')
            [CompletionResult]::new('--artifact', '--artifact', [CompletionResultType]::ParameterName, 'What was pushed to the broker''s registry: an image or a bundle')
            [CompletionResult]::new('--npx', '--npx', [CompletionResultType]::ParameterName, 'An npm package, as `npx` takes it: NAME or NAME@VERSION')
            [CompletionResult]::new('--uvx', '--uvx', [CompletionResultType]::ParameterName, 'A Python package, as `uvx` takes it: NAME, NAME==VERSION or NAME@VERSION')
            [CompletionResult]::new('--bundle', '--bundle', [CompletionResultType]::ParameterName, 'The files of a folder or zip file')
            [CompletionResult]::new('--start', '--start', [CompletionResultType]::ParameterName, 'What starts the bundle, run in its folder')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'What the connector is called: the last part of its endpoint [default: guessed from the source]')
            [CompletionResult]::new('--transport', '--transport', [CompletionResultType]::ParameterName, 'How the broker talks to it [default: stdio, or http with --port or --path]')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'For http: the port that it insists on [default: a free one, in PORT and for {port} in arguments]')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'For http: where its MCP endpoint is [default: /mcp]')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'A plain setting, given to the connector as an environment variable; repeatable')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'A plain setting, given to the connector as an environment variable; repeatable')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'A secret setting: from the environment variable KEY, from a file, or from standard input; repeatable')
            [CompletionResult]::new('--memory', '--memory', [CompletionResultType]::ParameterName, 'The most memory that an instance may use [default: 512m]')
            [CompletionResult]::new('--cpus', '--cpus', [CompletionResultType]::ParameterName, 'How many CPUs an instance may use, such as 0.5 [default: 1]')
            [CompletionResult]::new('--pids', '--pids', [CompletionResultType]::ParameterName, 'How many processes and threads an instance may have [default: 256]')
            [CompletionResult]::new('--disk', '--disk', [CompletionResultType]::ParameterName, 'How much an instance may keep in its home folder [default: 1g]')
            [CompletionResult]::new('--min-instances', '--min-instances', [CompletionResultType]::ParameterName, 'For http: 1 keeps the instance running when nobody calls it [default: 0]')
            [CompletionResult]::new('--max-instances', '--max-instances', [CompletionResultType]::ParameterName, 'How many instances of it may run at a time [default: as many as the broker runs]')
            [CompletionResult]::new('--idle-timeout', '--idle-timeout', [CompletionResultType]::ParameterName, 'After how long without a call an instance stops [default: 10m, or what the broker says]')
            [CompletionResult]::new('--readable', '--readable', [CompletionResultType]::ParameterName, 'A file or folder on the broker''s machine that it may read besides its own; repeatable')
            [CompletionResult]::new('--probe-env', '--probe-env', [CompletionResultType]::ParameterName, 'A placeholder to start it with where it refuses to start without a value that comes later; repeatable')
            [CompletionResult]::new('--env-header-prefix', '--env-header-prefix', [CompletionResultType]::ParameterName, 'For http: what the headers are called that carry its values [default: X-Berth-Env-]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a start and each answer may take; brokers allow 60s unless they are told otherwise')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--allow-scripts', '--allow-scripts', [CompletionResultType]::ParameterName, 'For --npx and --uvx: run the packages'' own scripts as they are installed')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;list' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;ls' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;show' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;releases' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;rollback' {
            [CompletionResult]::new('--wait-timeout', '--wait-timeout', [CompletionResultType]::ParameterName, 'How long to wait for it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would change, and change nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--detach', '--detach', [CompletionResultType]::ParameterName, 'Do not wait until the release is live')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;restart' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--clear-homes', '--clear-homes', [CompletionResultType]::ParameterName, 'Erase all that its instances wrote to their home folders, those of all users')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;logs' {
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'How many of the last lines [default: 100, or all of them with --since]')
            [CompletionResult]::new('--lines', '--lines', [CompletionResultType]::ParameterName, 'How many of the last lines [default: 100, or all of them with --since]')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only lines that are at most this old (10m, 2h), or from this instant on (2026-01-31T12:00:00Z)')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Only what this user''s instances wrote: a name, or an id')
            [CompletionResult]::new('--release', '--release', [CompletionResultType]::ParameterName, 'Only what this release''s instances wrote')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Go on printing what is written, until Ctrl-C')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Go on printing what is written, until Ctrl-C')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;call' {
            [CompletionResult]::new('--args', '--args', [CompletionResultType]::ParameterName, 'The arguments, a JSON object; `@FILE` reads a file, `-` standard input')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;delete' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;rm' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;tools' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Set which of a connector''s tools are offered')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;tools;set' {
            [CompletionResult]::new('--hide', '--hide', [CompletionResultType]::ParameterName, 'Don''t offer these tools; repeatable')
            [CompletionResult]::new('--unhide', '--unhide', [CompletionResultType]::ParameterName, 'Take a rule to hide back; repeatable')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Offer only these tools, and those that are allowed already; repeatable')
            [CompletionResult]::new('--unallow', '--unallow', [CompletionResultType]::ParameterName, 'Take a rule to allow back; without any left, every tool is offered; repeatable')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--reset', '--reset', [CompletionResultType]::ParameterName, 'Take every rule back first')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;tools;help' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Set which of a connector''s tools are offered')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;tools;help;set' {
            break
        }
        'berth;tools;help;help' {
            break
        }
        'berth;env' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Set values of a connector, or your own with --mine')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Take values of a connector away, or your own with --mine')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List a connector''s values, never a secret''s; or with --mine what it asks you for')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List a connector''s values, never a secret''s; or with --mine what it asks you for')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Set values of a connector from a file of KEY=VALUE lines (.env)')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;env;set' {
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'A secret: from the environment variable KEY, from a file, or from standard input; repeatable')
            [CompletionResult]::new('--per-user', '--per-user', [CompletionResultType]::ParameterName, 'A value that each user gives, and what they are told of it; repeatable')
            [CompletionResult]::new('--wait-timeout', '--wait-timeout', [CompletionResultType]::ParameterName, 'How long to wait for it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--mine', '--mine', [CompletionResultType]::ParameterName, 'Give your own values')
            [CompletionResult]::new('--detach', '--detach', [CompletionResultType]::ParameterName, 'Do not wait until the release is live')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;env;unset' {
            [CompletionResult]::new('--wait-timeout', '--wait-timeout', [CompletionResultType]::ParameterName, 'How long to wait for it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--mine', '--mine', [CompletionResultType]::ParameterName, 'Erase your own values')
            [CompletionResult]::new('--detach', '--detach', [CompletionResultType]::ParameterName, 'Do not wait until the release is live')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;env;list' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--mine', '--mine', [CompletionResultType]::ParameterName, 'What the connector asks each user for, and whether you have given it')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;env;ls' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--mine', '--mine', [CompletionResultType]::ParameterName, 'What the connector asks each user for, and whether you have given it')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;env;import' {
            [CompletionResult]::new('--wait-timeout', '--wait-timeout', [CompletionResultType]::ParameterName, 'How long to wait for it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'Take all of them as secrets')
            [CompletionResult]::new('--detach', '--detach', [CompletionResultType]::ParameterName, 'Do not wait until the release is live')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;env;help' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Set values of a connector, or your own with --mine')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Take values of a connector away, or your own with --mine')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List a connector''s values, never a secret''s; or with --mine what it asks you for')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Set values of a connector from a file of KEY=VALUE lines (.env)')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;env;help;set' {
            break
        }
        'berth;env;help;unset' {
            break
        }
        'berth;env;help;list' {
            break
        }
        'berth;env;help;import' {
            break
        }
        'berth;env;help;help' {
            break
        }
        'berth;oauth' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Set a connector''s OAuth: the third party''s addresses, the client, and where the token is put')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a connector''s OAuth settings, never a secret')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what `berth oauth set --from` would change')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Try a connector''s OAuth settings out, before its users do')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Take a connector''s OAuth settings away and erase its users'' grants')
            [CompletionResult]::new('redirect-uri', 'redirect-uri', [CompletionResultType]::ParameterValue, 'Print the redirect URI to register at the third party; works before anything is configured')
            [CompletionResult]::new('presets', 'presets', [CompletionResultType]::ParameterValue, 'List the providers that `berth oauth set --preset` knows')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;oauth;set' {
            [CompletionResult]::new('--preset', '--preset', [CompletionResultType]::ParameterName, 'Set what is known of a provider (`berth oauth presets` lists them), in place of all its settings but the client; the other flags are laid over it')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Set what a file says, as `berth oauth show --output toml` writes it, in place of all settings but the client''s secret; the other flags are laid over it. `-` is standard input')
            [CompletionResult]::new('--if-version', '--if-version', [CompletionResultType]::ParameterName, 'Refuse when somebody changed the settings since `berth oauth show` gave this version; '''' stands for no settings')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'The issuer, whose metadata gives the addresses that are not given (RFC 8414, OpenID Connect Discovery); they are read now, and stay as they are')
            [CompletionResult]::new('--auth-url', '--auth-url', [CompletionResultType]::ParameterName, 'Where users are sent to authorize')
            [CompletionResult]::new('--token-url', '--token-url', [CompletionResultType]::ParameterName, 'Where codes and refresh tokens are redeemed')
            [CompletionResult]::new('--refresh-url', '--refresh-url', [CompletionResultType]::ParameterName, 'Where refresh tokens are redeemed, if elsewhere')
            [CompletionResult]::new('--revoke-url', '--revoke-url', [CompletionResultType]::ParameterName, 'Where tokens are revoked (RFC 7009) [default: nowhere; they are only erased]')
            [CompletionResult]::new('--introspect-url', '--introspect-url', [CompletionResultType]::ParameterName, 'Where a token''s state is asked (RFC 7662)')
            [CompletionResult]::new('--userinfo-url', '--userinfo-url', [CompletionResultType]::ParameterName, 'Where a token''s owner is asked, so that another account is noticed')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'The client id that the third party gave')
            [CompletionResult]::new('--client-auth', '--client-auth', [CompletionResultType]::ParameterName, 'How the client authenticates: in the header, in the body, or not [default: found out]')
            [CompletionResult]::new('--grant', '--grant', [CompletionResultType]::ParameterName, 'How a grant comes about: each user''s consent, or the client''s own, for all users')
            [CompletionResult]::new('--scope-separator', '--scope-separator', [CompletionResultType]::ParameterName, 'What stands between scopes [default: a space]')
            [CompletionResult]::new('--scope-param', '--scope-param', [CompletionResultType]::ParameterName, 'The parameter that carries the scopes [default: scope]')
            [CompletionResult]::new('--auth-param', '--auth-param', [CompletionResultType]::ParameterName, 'A further parameter of the authorization request')
            [CompletionResult]::new('--token-param', '--token-param', [CompletionResultType]::ParameterName, 'A further parameter of a request for tokens')
            [CompletionResult]::new('--refresh-param', '--refresh-param', [CompletionResultType]::ParameterName, 'A further parameter of a refresh')
            [CompletionResult]::new('--rename-param', '--rename-param', [CompletionResultType]::ParameterName, 'Another name for a parameter of the standard, such as client_id=app_id; `response_type=` leaves one out, and callback.code=the_code is for that place alone (authorize, callback, token, refresh)')
            [CompletionResult]::new('--no-pkce', '--no-pkce', [CompletionResultType]::ParameterName, 'Authorize without PKCE, for a provider that refuses it')
            [CompletionResult]::new('--token-body', '--token-body', [CompletionResultType]::ParameterName, 'What requests for tokens are written in [default: form]')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Where a field of the token stands in the answer, such as access_token=/authed_user/access_token (RFC 6901)')
            [CompletionResult]::new('--capture', '--capture', [CompletionResultType]::ParameterName, 'More to keep of a token''s answer, such as instance_url=/instance_url; templates may name it')
            [CompletionResult]::new('--capture-callback', '--capture-callback', [CompletionResultType]::ParameterName, 'What to keep of the answer to an authorization, such as realmId; with a pattern for what it may look like')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'What a variable in an address stands for, such as subdomain=acme in https://{subdomain}.example/token')
            [CompletionResult]::new('--user-var', '--user-var', [CompletionResultType]::ParameterName, 'A variable that each user is asked for, with a pattern for what it may look like')
            [CompletionResult]::new('--assume-lifetime', '--assume-lifetime', [CompletionResultType]::ParameterName, 'How long an access token lives whose provider does not say [default: 1h where there is a refresh token]')
            [CompletionResult]::new('--refresh-margin', '--refresh-margin', [CompletionResultType]::ParameterName, 'How long before its end a token is refreshed, at most [default: 60s]')
            [CompletionResult]::new('--keep-warm', '--keep-warm', [CompletionResultType]::ParameterName, 'Refresh a grant that was not used for this long, so that it does not die of it')
            [CompletionResult]::new('--rotation', '--rotation', [CompletionResultType]::ParameterName, 'What happens to a refresh token that was used: nothing, it lives a while longer, or it is dead [default: strict]')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'The resource that tokens are for (RFC 8707)')
            [CompletionResult]::new('--client-secret-file', '--client-secret-file', [CompletionResultType]::ParameterName, 'Read the client secret from this file; `-` is standard input')
            [CompletionResult]::new('--client-secret-env', '--client-secret-env', [CompletionResultType]::ParameterName, 'Take the client secret from this environment variable')
            [CompletionResult]::new('--client-secret', '--client-secret', [CompletionResultType]::ParameterName, 'There only to be refused with the ways that are safe')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'A scope to ask for; repeatable, and several may stand in one, separated by spaces')
            [CompletionResult]::new('--owner', '--owner', [CompletionResultType]::ParameterName, 'Whose grants serve the users: each their own, or one that an admin makes for all [default: user]')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'For http connectors: a header that carries the token, such as ''Authorization: Bearer {access_token}''')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'For stdio connectors: a variable that carries the token, such as ''ACCESS_TOKEN={access_token}''')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'For stdio connectors: a variable that names a file with the token in it, such as ''TOKEN_FILE={access_token}''; a connector that reads it at each call needs no restart when the token changes')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Set the provider of this name, beside those that the connector uses; several connectors may share one [default: the only one in use, else one of its own]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;oauth;show' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'The provider to show [default: all that the connector uses]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;oauth;diff' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'The file, as `berth oauth show --output toml` writes it; `-` is standard input')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'The provider to compare with [default: the one that the file names, else the only one in use]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'Exit with 1 where something differs')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;oauth;test' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'The provider to try [default: all that the connector uses]')
            [CompletionResult]::new('--tool', '--tool', [CompletionResultType]::ParameterName, 'A tool of the connector''s to call with the new token')
            [CompletionResult]::new('--args', '--args', [CompletionResultType]::ParameterName, 'The tool''s arguments, a JSON object')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the sign-in')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--login', '--login', [CompletionResultType]::ParameterName, 'Sign in at the provider, and try all the rest')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;oauth;unset' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'The provider that is meant, where the connector uses several')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;oauth;redirect-uri' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'A provider that the connector uses or will use [default: the only one in use, else one of its own]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;oauth;presets' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what a preset sets, where that is documented, and what of it could not be checked')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;oauth;presets;show' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;oauth;presets;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what a preset sets, where that is documented, and what of it could not be checked')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;oauth;presets;help;show' {
            break
        }
        'berth;oauth;presets;help;help' {
            break
        }
        'berth;oauth;help' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Set a connector''s OAuth: the third party''s addresses, the client, and where the token is put')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a connector''s OAuth settings, never a secret')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what `berth oauth set --from` would change')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Try a connector''s OAuth settings out, before its users do')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Take a connector''s OAuth settings away and erase its users'' grants')
            [CompletionResult]::new('redirect-uri', 'redirect-uri', [CompletionResultType]::ParameterValue, 'Print the redirect URI to register at the third party; works before anything is configured')
            [CompletionResult]::new('presets', 'presets', [CompletionResultType]::ParameterValue, 'List the providers that `berth oauth set --preset` knows')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;oauth;help;set' {
            break
        }
        'berth;oauth;help;show' {
            break
        }
        'berth;oauth;help;diff' {
            break
        }
        'berth;oauth;help;test' {
            break
        }
        'berth;oauth;help;unset' {
            break
        }
        'berth;oauth;help;redirect-uri' {
            break
        }
        'berth;oauth;help;presets' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what a preset sets, where that is documented, and what of it could not be checked')
            break
        }
        'berth;oauth;help;presets;show' {
            break
        }
        'berth;oauth;help;help' {
            break
        }
        'berth;connections' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List who has authorized what, and how each connection stands')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List who has authorized what, and how each connection stands')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'End a user''s authorization: revoke it at the third party, and erase it')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'End a user''s authorization: revoke it at the third party, and erase it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;connection' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List who has authorized what, and how each connection stands')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List who has authorized what, and how each connection stands')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'End a user''s authorization: revoke it at the third party, and erase it')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'End a user''s authorization: revoke it at the third party, and erase it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;connections;list' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Those of this user alone')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;connections;ls' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Those of this user alone')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;connection;list' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Those of this user alone')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;connection;ls' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Those of this user alone')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;connections;revoke' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Whose it is')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'The provider, where the connector uses several [default: all of them]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;connections;rm' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Whose it is')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'The provider, where the connector uses several [default: all of them]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;connection;revoke' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Whose it is')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'The provider, where the connector uses several [default: all of them]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;connection;rm' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Whose it is')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'The provider, where the connector uses several [default: all of them]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;connections;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List who has authorized what, and how each connection stands')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'End a user''s authorization: revoke it at the third party, and erase it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;connections;help;list' {
            break
        }
        'berth;connections;help;revoke' {
            break
        }
        'berth;connections;help;help' {
            break
        }
        'berth;connection;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List who has authorized what, and how each connection stands')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'End a user''s authorization: revoke it at the third party, and erase it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;connection;help;list' {
            break
        }
        'berth;connection;help;revoke' {
            break
        }
        'berth;connection;help;help' {
            break
        }
        'berth;connect-config' {
            [CompletionResult]::new('--client', '--client', [CompletionResultType]::ParameterName, 'The client')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;access' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Replace who may use a connector; it counts from the next call on')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print who may use a connector')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;access;set' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'This user; repeatable')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Everybody in this group; repeatable')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--everyone', '--everyone', [CompletionResultType]::ParameterName, 'Everybody who is a user here')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;access;show' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;access;help' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Replace who may use a connector; it counts from the next call on')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print who may use a connector')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;access;help;set' {
            break
        }
        'berth;access;help;show' {
            break
        }
        'berth;access;help;help' {
            break
        }
        'berth;clients' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List which MCP clients call tools for whom: everybody''s for an admin, else your own')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List which MCP clients call tools for whom: everybody''s for an admin, else your own')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Take a client''s access back: its tokens are refused at once')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Take a client''s access back: its tokens are refused at once')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;client' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List which MCP clients call tools for whom: everybody''s for an admin, else your own')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List which MCP clients call tools for whom: everybody''s for an admin, else your own')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Take a client''s access back: its tokens are refused at once')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Take a client''s access back: its tokens are refused at once')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;clients;list' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;clients;ls' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;client;list' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;client;ls' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;clients;revoke' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;clients;rm' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;client;revoke' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;client;rm' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;clients;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List which MCP clients call tools for whom: everybody''s for an admin, else your own')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Take a client''s access back: its tokens are refused at once')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;clients;help;list' {
            break
        }
        'berth;clients;help;revoke' {
            break
        }
        'berth;clients;help;help' {
            break
        }
        'berth;client;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List which MCP clients call tools for whom: everybody''s for an admin, else your own')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Take a client''s access back: its tokens are refused at once')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;client;help;list' {
            break
        }
        'berth;client;help;revoke' {
            break
        }
        'berth;client;help;help' {
            break
        }
        'berth;server' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('keys', 'keys', [CompletionResultType]::ParameterValue, 'List the master keys and how many values are sealed with each')
            [CompletionResult]::new('rotate-key', 'rotate-key', [CompletionResultType]::ParameterValue, 'Seal with a new master key, and move everything that is stored to it, while calls go on')
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'Write a copy of the broker''s store to a file, while the broker goes on')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;server;keys' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;server;rotate-key' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Don''t wait until everything has been moved')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;server;backup' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;server;help' {
            [CompletionResult]::new('keys', 'keys', [CompletionResultType]::ParameterValue, 'List the master keys and how many values are sealed with each')
            [CompletionResult]::new('rotate-key', 'rotate-key', [CompletionResultType]::ParameterValue, 'Seal with a new master key, and move everything that is stored to it, while calls go on')
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'Write a copy of the broker''s store to a file, while the broker goes on')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;server;help;keys' {
            break
        }
        'berth;server;help;rotate-key' {
            break
        }
        'berth;server;help;backup' {
            break
        }
        'berth;server;help;help' {
            break
        }
        'berth;users' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a user and print the link that signs them in')
            [CompletionResult]::new('groups', 'groups', [CompletionResultType]::ParameterValue, 'Replace the groups that an admin has put a user in')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Print another one-time link that signs a user in')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the users')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List the users')
            [CompletionResult]::new('password', 'password', [CompletionResultType]::ParameterValue, 'Set a user''s password, or take it away')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a user: end their tokens, stop what runs for them, erase their grants')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove a user: end their tokens, stop what runs for them, erase their grants')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;user' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a user and print the link that signs them in')
            [CompletionResult]::new('groups', 'groups', [CompletionResultType]::ParameterValue, 'Replace the groups that an admin has put a user in')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Print another one-time link that signs a user in')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the users')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List the users')
            [CompletionResult]::new('password', 'password', [CompletionResultType]::ParameterValue, 'Set a user''s password, or take it away')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a user: end their tokens, stop what runs for them, erase their grants')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove a user: end their tokens, stop what runs for them, erase their grants')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;users;add' {
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'What the user may do: member (calls tools), deployer, admin; repeatable')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;user;add' {
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'What the user may do: member (calls tools), deployer, admin; repeatable')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;users;groups' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--none', '--none', [CompletionResultType]::ParameterName, 'None of them')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;user;groups' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--none', '--none', [CompletionResultType]::ParameterName, 'None of them')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;users;link' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;user;link' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;users;list' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;users;ls' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;user;list' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;user;ls' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;users;password' {
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'A file with the password; - is standard input')
            [CompletionResult]::new('--password-env', '--password-env', [CompletionResultType]::ParameterName, 'The environment variable with the password')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--remove', '--remove', [CompletionResultType]::ParameterName, 'Take the password away: links and tokens are left')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;user;password' {
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'A file with the password; - is standard input')
            [CompletionResult]::new('--password-env', '--password-env', [CompletionResultType]::ParameterName, 'The environment variable with the password')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--remove', '--remove', [CompletionResultType]::ParameterName, 'Take the password away: links and tokens are left')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;users;remove' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;users;rm' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;user;remove' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;user;rm' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;users;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a user and print the link that signs them in')
            [CompletionResult]::new('groups', 'groups', [CompletionResultType]::ParameterValue, 'Replace the groups that an admin has put a user in')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Print another one-time link that signs a user in')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the users')
            [CompletionResult]::new('password', 'password', [CompletionResultType]::ParameterValue, 'Set a user''s password, or take it away')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a user: end their tokens, stop what runs for them, erase their grants')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;users;help;add' {
            break
        }
        'berth;users;help;groups' {
            break
        }
        'berth;users;help;link' {
            break
        }
        'berth;users;help;list' {
            break
        }
        'berth;users;help;password' {
            break
        }
        'berth;users;help;remove' {
            break
        }
        'berth;users;help;help' {
            break
        }
        'berth;user;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a user and print the link that signs them in')
            [CompletionResult]::new('groups', 'groups', [CompletionResultType]::ParameterValue, 'Replace the groups that an admin has put a user in')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Print another one-time link that signs a user in')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the users')
            [CompletionResult]::new('password', 'password', [CompletionResultType]::ParameterValue, 'Set a user''s password, or take it away')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a user: end their tokens, stop what runs for them, erase their grants')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;user;help;add' {
            break
        }
        'berth;user;help;groups' {
            break
        }
        'berth;user;help;link' {
            break
        }
        'berth;user;help;list' {
            break
        }
        'berth;user;help;password' {
            break
        }
        'berth;user;help;remove' {
            break
        }
        'berth;user;help;help' {
            break
        }
        'berth;sso' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Say where people sign in; it replaces what was said before')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print where people sign in, never the secret')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Let nobody sign in at a provider any more')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;sso;set' {
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'The provider''s issuer, the address before /.well-known/openid-configuration')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'The client id that the provider gave')
            [CompletionResult]::new('--client-secret-file', '--client-secret-file', [CompletionResultType]::ParameterName, 'A file with the client secret; - is standard input [default: the secret that there is]')
            [CompletionResult]::new('--client-secret-env', '--client-secret-env', [CompletionResultType]::ParameterName, 'The environment variable with the client secret')
            [CompletionResult]::new('--allow-domain', '--allow-domain', [CompletionResultType]::ParameterName, 'Let people in whose verified e-mail address is of this domain; repeatable')
            [CompletionResult]::new('--allow-group', '--allow-group', [CompletionResultType]::ParameterName, 'Let people in who are in this group; repeatable, one is enough')
            [CompletionResult]::new('--groups-claim', '--groups-claim', [CompletionResultType]::ParameterName, 'The claim that has a person''s groups')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'A scope to ask for besides openid; repeatable [default: email profile]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;sso;show' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;sso;unset' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;sso;help' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Say where people sign in; it replaces what was said before')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print where people sign in, never the secret')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Let nobody sign in at a provider any more')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;sso;help;set' {
            break
        }
        'berth;sso;help;show' {
            break
        }
        'berth;sso;help;unset' {
            break
        }
        'berth;sso;help;help' {
            break
        }
        'berth;token' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Create a token and print it, this once')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the tokens, never their values')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List the tokens, never their values')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Revoke a token, by its id')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;tokens' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Create a token and print it, this once')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the tokens, never their values')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List the tokens, never their values')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Revoke a token, by its id')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;token;create' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Whose token it is [default: your own]')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'What it is for, as lists show it')
            [CompletionResult]::new('--expires', '--expires', [CompletionResultType]::ParameterName, 'When it stops working, from now: 30m, 12h, 90d [default: never]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;tokens;create' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Whose token it is [default: your own]')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'What it is for, as lists show it')
            [CompletionResult]::new('--expires', '--expires', [CompletionResultType]::ParameterName, 'When it stops working, from now: 30m, 12h, 90d [default: never]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;token;list' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;token;ls' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;tokens;list' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;tokens;ls' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;token;revoke' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;tokens;revoke' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;token;help' {
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Create a token and print it, this once')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the tokens, never their values')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Revoke a token, by its id')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;token;help;create' {
            break
        }
        'berth;token;help;list' {
            break
        }
        'berth;token;help;revoke' {
            break
        }
        'berth;token;help;help' {
            break
        }
        'berth;tokens;help' {
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Create a token and print it, this once')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the tokens, never their values')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Revoke a token, by its id')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;tokens;help;create' {
            break
        }
        'berth;tokens;help;list' {
            break
        }
        'berth;tokens;help;revoke' {
            break
        }
        'berth;tokens;help;help' {
            break
        }
        'berth;login' {
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the access token from this file; `-` is standard input')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;logout' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;whoami' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;demo' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave the broker up at the end, and say how to connect Claude Code, Cursor and VS Code to it')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;doctor' {
            [CompletionResult]::new('--docker-host', '--docker-host', [CompletionResultType]::ParameterName, 'The Docker Engine that would run images [default: DOCKER_HOST, or unix:///var/run/docker.sock]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;completions' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;man' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written to standard output')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The broker''s address [env: BERTH_URL; default: the one signed in to last]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The sign-in to use, by its name or the broker''s host')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what is missing is an error that names the flag')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more of what happens')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'berth;help' {
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run the broker: it hosts connectors and holds their users'' tokens')
            [CompletionResult]::new('deploy', 'deploy', [CompletionResultType]::ParameterValue, 'Deploy a connector: package it, start it, check it, and only then let it serve')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a berth.toml that says how a folder is deployed')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Run a connector here, as a broker would, and say what is wrong with it')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the connectors')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a connector: its releases, tools, settings and OAuth')
            [CompletionResult]::new('releases', 'releases', [CompletionResultType]::ParameterValue, 'List a connector''s releases, newest first')
            [CompletionResult]::new('rollback', 'rollback', [CompletionResultType]::ParameterValue, 'Go back to an earlier release of a connector')
            [CompletionResult]::new('restart', 'restart', [CompletionResultType]::ParameterValue, 'Start a connector''s live release anew')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Print what a connector wrote to standard error')
            [CompletionResult]::new('call', 'call', [CompletionResultType]::ParameterValue, 'Call one tool, as yourself')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a connector: stop it, erase its settings, its secrets and its users'' grants')
            [CompletionResult]::new('tools', 'tools', [CompletionResultType]::ParameterValue, 'Show a connector''s tools, and set which of them are offered')
            [CompletionResult]::new('env', 'env', [CompletionResultType]::ParameterValue, 'Set what a connector gets in its environment: values for everybody, secrets, and values that each user gives')
            [CompletionResult]::new('oauth', 'oauth', [CompletionResultType]::ParameterValue, 'Configure a connector''s OAuth, before or after it is deployed')
            [CompletionResult]::new('connections', 'connections', [CompletionResultType]::ParameterValue, 'List users'' authorizations at third parties with their state, and end one')
            [CompletionResult]::new('connect-config', 'connect-config', [CompletionResultType]::ParameterValue, 'Print what an MCP client is told to use a connector: a command, or the part of its settings')
            [CompletionResult]::new('access', 'access', [CompletionResultType]::ParameterValue, 'Say who may use a connector: everyone, users, or groups')
            [CompletionResult]::new('clients', 'clients', [CompletionResultType]::ParameterValue, 'List the MCP clients that users have let in, and take one''s access back')
            [CompletionResult]::new('server', 'server', [CompletionResultType]::ParameterValue, 'Look after the broker itself: its master keys, and copies of its store')
            [CompletionResult]::new('users', 'users', [CompletionResultType]::ParameterValue, 'Add, list and remove users, put them in groups, and print their sign-in links')
            [CompletionResult]::new('sso', 'sso', [CompletionResultType]::ParameterValue, 'Let people sign in at an OpenID Connect provider')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Create, list and revoke access tokens')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Sign in to a broker')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Forget the sign-ins to a broker on this machine')
            [CompletionResult]::new('whoami', 'whoami', [CompletionResultType]::ParameterValue, 'Show which broker is used, who you are there, and where the credential comes from')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show what berth does, by itself, on this machine, in under a minute')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Tell what this machine has of what a broker needs: sandbox, limits, Docker Engine, programs')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page, or write all pages to a folder')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'berth;help;serve' {
            break
        }
        'berth;help;deploy' {
            break
        }
        'berth;help;init' {
            break
        }
        'berth;help;check' {
            break
        }
        'berth;help;list' {
            break
        }
        'berth;help;show' {
            break
        }
        'berth;help;releases' {
            break
        }
        'berth;help;rollback' {
            break
        }
        'berth;help;restart' {
            break
        }
        'berth;help;logs' {
            break
        }
        'berth;help;call' {
            break
        }
        'berth;help;delete' {
            break
        }
        'berth;help;tools' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Set which of a connector''s tools are offered')
            break
        }
        'berth;help;tools;set' {
            break
        }
        'berth;help;env' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Set values of a connector, or your own with --mine')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Take values of a connector away, or your own with --mine')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List a connector''s values, never a secret''s; or with --mine what it asks you for')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Set values of a connector from a file of KEY=VALUE lines (.env)')
            break
        }
        'berth;help;env;set' {
            break
        }
        'berth;help;env;unset' {
            break
        }
        'berth;help;env;list' {
            break
        }
        'berth;help;env;import' {
            break
        }
        'berth;help;oauth' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Set a connector''s OAuth: the third party''s addresses, the client, and where the token is put')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a connector''s OAuth settings, never a secret')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what `berth oauth set --from` would change')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Try a connector''s OAuth settings out, before its users do')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Take a connector''s OAuth settings away and erase its users'' grants')
            [CompletionResult]::new('redirect-uri', 'redirect-uri', [CompletionResultType]::ParameterValue, 'Print the redirect URI to register at the third party; works before anything is configured')
            [CompletionResult]::new('presets', 'presets', [CompletionResultType]::ParameterValue, 'List the providers that `berth oauth set --preset` knows')
            break
        }
        'berth;help;oauth;set' {
            break
        }
        'berth;help;oauth;show' {
            break
        }
        'berth;help;oauth;diff' {
            break
        }
        'berth;help;oauth;test' {
            break
        }
        'berth;help;oauth;unset' {
            break
        }
        'berth;help;oauth;redirect-uri' {
            break
        }
        'berth;help;oauth;presets' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what a preset sets, where that is documented, and what of it could not be checked')
            break
        }
        'berth;help;oauth;presets;show' {
            break
        }
        'berth;help;connections' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List who has authorized what, and how each connection stands')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'End a user''s authorization: revoke it at the third party, and erase it')
            break
        }
        'berth;help;connections;list' {
            break
        }
        'berth;help;connections;revoke' {
            break
        }
        'berth;help;connect-config' {
            break
        }
        'berth;help;access' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Replace who may use a connector; it counts from the next call on')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print who may use a connector')
            break
        }
        'berth;help;access;set' {
            break
        }
        'berth;help;access;show' {
            break
        }
        'berth;help;clients' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List which MCP clients call tools for whom: everybody''s for an admin, else your own')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Take a client''s access back: its tokens are refused at once')
            break
        }
        'berth;help;clients;list' {
            break
        }
        'berth;help;clients;revoke' {
            break
        }
        'berth;help;server' {
            [CompletionResult]::new('keys', 'keys', [CompletionResultType]::ParameterValue, 'List the master keys and how many values are sealed with each')
            [CompletionResult]::new('rotate-key', 'rotate-key', [CompletionResultType]::ParameterValue, 'Seal with a new master key, and move everything that is stored to it, while calls go on')
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'Write a copy of the broker''s store to a file, while the broker goes on')
            break
        }
        'berth;help;server;keys' {
            break
        }
        'berth;help;server;rotate-key' {
            break
        }
        'berth;help;server;backup' {
            break
        }
        'berth;help;users' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a user and print the link that signs them in')
            [CompletionResult]::new('groups', 'groups', [CompletionResultType]::ParameterValue, 'Replace the groups that an admin has put a user in')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Print another one-time link that signs a user in')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the users')
            [CompletionResult]::new('password', 'password', [CompletionResultType]::ParameterValue, 'Set a user''s password, or take it away')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a user: end their tokens, stop what runs for them, erase their grants')
            break
        }
        'berth;help;users;add' {
            break
        }
        'berth;help;users;groups' {
            break
        }
        'berth;help;users;link' {
            break
        }
        'berth;help;users;list' {
            break
        }
        'berth;help;users;password' {
            break
        }
        'berth;help;users;remove' {
            break
        }
        'berth;help;sso' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Say where people sign in; it replaces what was said before')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print where people sign in, never the secret')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Let nobody sign in at a provider any more')
            break
        }
        'berth;help;sso;set' {
            break
        }
        'berth;help;sso;show' {
            break
        }
        'berth;help;sso;unset' {
            break
        }
        'berth;help;token' {
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Create a token and print it, this once')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the tokens, never their values')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Revoke a token, by its id')
            break
        }
        'berth;help;token;create' {
            break
        }
        'berth;help;token;list' {
            break
        }
        'berth;help;token;revoke' {
            break
        }
        'berth;help;login' {
            break
        }
        'berth;help;logout' {
            break
        }
        'berth;help;whoami' {
            break
        }
        'berth;help;demo' {
            break
        }
        'berth;help;doctor' {
            break
        }
        'berth;help;completions' {
            break
        }
        'berth;help;man' {
            break
        }
        'berth;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
