use super::*;

/// A folder with these files; those that end in `/` are folders.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path_in = folder.path().join(path);
        if path.ends_with('/') {
            fs::create_dir_all(path_in).unwrap();
        } else {
            fs::create_dir_all(path_in.parent().unwrap()).unwrap();
            fs::write(path_in, text).unwrap();
        }
    }
    folder
}

/// What the folder is taken for, in a line: `what, from; transport, from; name; warnings`.
fn told(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let place = folder.path().display().to_string();
    let text = match recognise(folder.path()) {
        Ok(found) => {
            let what = match &found.look {
                Look::Dockerfile(path) => format!("image {}", path.display()),
                Look::Files { start } => start.join(" "),
                Look::Zip(path) => format!("zip {}", path.display()),
            };
            let transport = found.transport.map(|guess| {
                let port = match guess.value {
                    Transport::Stdio => "stdio".to_owned(),
                    Transport::Http { port, .. } => format!("http {}", port.unwrap_or_default()),
                };
                format!("{port} ({})", guess.from)
            });
            let name = found.name.map(|name| name.value).unwrap_or_default();
            let transport = transport.unwrap_or_default();
            format!(
                "{what} ({}); {transport}; {name}; {}",
                found.from,
                found.warnings.join(", ")
            )
        }
        Err(error) => format!("{error} | {}", error.hint()),
    };
    text.replace(&format!("{place}/"), "").replace(&place, "DIR")
}

fn check(files: &[(&str, &str)], expected: &str) {
    assert_eq!(told(files), expected, "{files:?}");
}

#[test]
fn a_node_package_is_started_by_its_bin_or_its_start_script() {
    let js = ("dist/a.js", "");
    check(
        &[
            ("package.json", r#"{"name":"@acme/gong","bin":"./dist/a.js"}"#),
            js,
        ],
        "node dist/a.js (package.json `bin`); ; gong; ",
    );
    check(
        &[
            (
                "package.json",
                r#"{"name":"@acme/gong","bin":{"other":"x.js","gong":"dist/a.js"},"scripts":{"start":"node x"}}"#,
            ),
            js,
        ],
        "node dist/a.js (package.json `bin`); ; gong; ",
    );
    check(
        &[("package.json", r#"{"bin":{"gong-mcp":"dist/a.js"}}"#), js],
        "node dist/a.js (package.json `bin`); ; ; ",
    );
    check(
        &[
            (
                "package.json",
                "\u{feff}{\"scripts\":{\"start\":\"node --enable-source-maps 'dist/a.js' --stdio\"}}",
            ),
            js,
        ],
        "node --enable-source-maps dist/a.js --stdio (package.json `scripts.start`); stdio (`--stdio` in the start command); ; ",
    );
    check(
        &[("package.json", r#"{"scripts":{"start":"tsc && node dist/a.js"}}"#)],
        "npm run --silent start (package.json `scripts.start`); ; ; it is started through npm, which has to be on the broker's machine: --start 'node FILE' starts it directly",
    );
    check(
        &[
            (
                "package.json",
                r#"{"dependencies":{"express":"5"},"scripts":{"start":"node server"}}"#,
            ),
            ("server.js", "new StreamableHTTPServerTransport()"),
        ],
        "node server (package.json `scripts.start`); ; ; package.json names dependencies and there is no node_modules: run `npm install` first",
    );
    check(
        &[
            (
                "package.json",
                r#"{"dependencies":{"express":"5"},"scripts":{"start":"node server.js"}}"#,
            ),
            ("server.js", "new StreamableHTTPServerTransport()"),
            ("node_modules/", ""),
        ],
        "node server.js (package.json `scripts.start`); http 0 (`StreamableHTTPServerTransport` in server.js); ; ",
    );
    check(
        &[
            ("package.json", r#"{"bin":"a.js"}"#),
            ("a.js", "StdioServerTransport StreamableHTTPServerTransport"),
        ],
        "node a.js (package.json `bin`); ; ; ",
    );
}

#[test]
fn a_node_package_that_can_not_be_started_says_why() {
    check(
        &[("package.json", r#"{"bin":{"a":"a.js","b":"./b.js"}}"#)],
        "package.json names several programs in `bin` | say which: --start 'node a.js' or --start 'node b.js'",
    );
    check(
        &[("package.json", r#"{"bin":"dist/a.js","scripts":{"build":"tsc"}}"#)],
        "package.json names dist/a.js, which is not there | run `npm run build` first, or say what starts it with --start",
    );
    check(
        &[("package.json", r#"{"scripts":{"start":"node dist/a.js"}}"#)],
        "package.json names dist/a.js, which is not there | make the file first, or say what starts it with --start",
    );
    let broken = told(&[("package.json", "{")]);
    assert!(
        broken.starts_with("package.json is not what its name says: EOF"),
        "{broken}"
    );
    for odd in ["[]", "7", r#"{"bin":7,"scripts":[]}"#, r#"{"bin":{}}"#, "{}"] {
        let text = told(&[("package.json", odd), ("index.js", "")]);
        assert!(
            text.ends_with("| say what starts it, such as --start 'node index.js'"),
            "{odd}: {text}"
        );
    }
}

#[test]
fn a_python_project_is_started_from_its_environment() {
    let venv = (".venv/pyvenv.cfg", "");
    check(
        &[
            (
                "pyproject.toml",
                "[project]\nname = \"gong_mcp\"\n[project.scripts]\nother = \"x:y\"\ngong-mcp = \"x:main\"",
            ),
            venv,
            (".venv/bin/gong-mcp", ""),
        ],
        ".venv/bin/gong-mcp (pyproject.toml `project.scripts`); ; gong_mcp; ",
    );
    check(
        &[
            (
                "pyproject.toml",
                "[tool.poetry]\nname = \"x\"\n[tool.poetry.scripts]\ngong = \"x:main\"",
            ),
            ("venv/pyvenv.cfg", ""),
            ("venv/bin/gong", ""),
        ],
        "venv/bin/gong (pyproject.toml `tool.poetry.scripts`); ; x; ",
    );
    check(
        &[
            ("pyproject.toml", "[project]\nname = \"x\""),
            venv,
            ("server.py", "mcp.run(transport='streamable-http')"),
        ],
        ".venv/bin/python server.py (pyproject.toml and server.py); http 0 (`transport='streamable-http'` in server.py); x; ",
    );
    check(
        &[("pyproject.toml", "[project]\nname = \"x\""), ("main.py", "")],
        "pyproject.toml is there, and no virtual environment with what the project imports | run `uv sync`, or `python3 -m venv .venv && .venv/bin/pip install .`; --start starts it without one",
    );
    check(
        &[("pyproject.toml", "[project.scripts]\ngong = \"x:y\""), venv],
        "pyproject.toml names .venv/bin/gong, which is not there | run `uv sync`, or `.venv/bin/pip install .`, which makes it",
    );
    check(
        &[
            ("pyproject.toml", "[project.scripts]\na = \"x:y\"\nb = \"x:y\""),
            venv,
        ],
        "pyproject.toml names several scripts | say which: --start .venv/bin/a or --start .venv/bin/b",
    );
    let broken = told(&[("pyproject.toml", "[project")]);
    assert!(
        broken.starts_with("pyproject.toml is not what its name says"),
        "{broken}"
    );
}

#[test]
fn a_dockerfile_comes_first() {
    check(
        &[
            ("Dockerfile", "FROM x\nEXPOSE 8000 9000"),
            ("package.json", "{\"bin\":\"a.js\"}"),
        ],
        "image Dockerfile (its Dockerfile); http 8000 (EXPOSE in Dockerfile); ; Dockerfile exposes several ports: 8000 is taken for the connector's, --port says otherwise, the folder has a package.json too: --bundle DIR deploys its files instead of an image",
    );
    check(
        &[("Containerfile", "FROM x")],
        "image Containerfile (its Containerfile); ; ; ",
    );
}

#[test]
fn a_lone_zip_is_what_is_in_it_and_the_rest_is_asked_for() {
    check(
        &[("a.zip", ""), ("notes.txt", "")],
        "zip a.zip (the one zip file in the folder); ; ; ",
    );
    check(
        &[("b.zip", ""), ("a.ZIP", "")],
        "DIR has several zip files in it | say which: --bundle a.ZIP or --bundle b.zip",
    );
    let nothing = told(&[("server.py", ""), ("index.js", "")]);
    assert!(
        nothing.starts_with("DIR does not say what to deploy"),
        "{nothing}"
    );
    assert!(
        nothing.ends_with(
            "| say what starts it, such as --start 'node index.js' or --start 'python3 server.py'"
        ),
        "{nothing}"
    );
    let empty = told(&[]);
    assert!(empty.contains("| name a source: --npx PACKAGE"), "{empty}");
}
