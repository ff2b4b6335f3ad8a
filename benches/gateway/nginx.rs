//! nginx as the bare pass-through.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::Context as _;

use crate::{
    load::Target,
    process::{Process, free_port, wait_for_port},
};

pub(crate) struct Nginx {
    process: Process,
    port: u16,
}

pub(crate) async fn start(program: &Path, folder: &Path, upstream: u16) -> anyhow::Result<Nginx> {
    let port = free_port()?;
    let config = folder.join("nginx.conf");
    fs::write(
        &config,
        configuration(&folder.display().to_string(), port, upstream),
    )?;
    let mut command = Command::new(program);
    // `-e`: before it has read the configuration, nginx would log to a folder of the system's.
    command
        .arg("-e")
        .arg(folder.join("nginx.log"))
        .arg("-c")
        .arg(&config);
    command.stdin(Stdio::null());
    let process =
        Process::start(command).with_context(|| format!("could not start {}", program.display()))?;
    wait_for_port(port).await.context("nginx did not start")?;
    Ok(Nginx { process, port })
}

impl Nginx {
    pub(crate) fn target(&self) -> Target {
        Target {
            name: "nginx".into(),
            address: format!("127.0.0.1:{}", self.port),
            path: "/mcp".into(),
            token: "0123456789012345678901234567890123456789012345678".into(),
            pid: Some(self.process.0.id()),
        }
    }
}

fn configuration(folder: &str, port: u16, upstream: u16) -> String {
    format!(
        "daemon off;
worker_processes auto;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    upstream mcp {{
        server 127.0.0.1:{upstream};
        keepalive 128;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://mcp;
            proxy_http_version 1.1;
            proxy_set_header Connection \"\";
        }}
    }}
}}
"
    )
}
