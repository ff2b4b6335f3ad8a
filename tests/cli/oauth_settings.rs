//! OAuth settings as an admin handles them: presets, files, differences and versions.

use serde_json::json;

use crate::support::broker::Broker;

#[tokio::test]
async fn a_preset_sets_what_is_known() {
    let broker = Broker::start().await;
    let presets = broker.json(&["oauth", "presets"]).await;
    assert!(presets["presets"].as_array().unwrap().len() >= 24, "{presets}");
    let shopify = broker.json(&["oauth", "presets", "show", "shopify"]).await;
    assert_eq!(shopify["settings"]["keep_warm"], 45 * 86_400);
    broker
        .cli(&["oauth", "presets", "show", "nothing"])
        .await
        .fails(2, &["no preset \"nothing\"", "berth oauth presets"]);
    broker
        .cli(&["oauth", "presets", "show", "githb"])
        .await
        .fails(2, &["did you mean `github`?"]);

    let zendesk = ["oauth", "set", "desk", "--preset", "zendesk"];
    broker
        .cli(&zendesk)
        .await
        .fails(2, &["--var subdomain=VALUE", "--client-id"]);
    let hostile = [
        &zendesk[..],
        &["--client-id", "c", "--var", "subdomain=evil.example/"],
    ]
    .concat();
    broker.cli(&hostile).await.fails(2, &["--var: ", "subdomain"]);

    let arguments = [
        "oauth",
        "set",
        "shop",
        "--preset",
        "shopify",
        "--client-id",
        "c",
        "--token-param",
        "more=1",
        "--scope",
        "read_orders",
    ];
    let set = broker.json(&arguments).await;
    assert_eq!(set["token_params"], json!({"expiring": "1", "more": "1"}));
    assert_eq!(set["scopes"], json!(["read_orders"]));
    assert_eq!(
        set["mapping"]["headers"],
        json!(["x-shopify-access-token: {access_token}"])
    );
    assert_eq!(set["user_vars"], shopify["settings"]["user_vars"]);
    // Another preset leaves nothing of the one before but the client, the scopes and the places.
    let zoho = ["oauth", "set", "shop", "--preset", "zoho"];
    broker
        .cli(&zoho)
        .await
        .fails(2, &["unknown token field \"shop\""]);
    let set = broker
        .json(&[&zoho[..], &["--env", "TOKEN={access_token}"]].concat())
        .await;
    assert_eq!(set["token_url"], "{accounts-server}/oauth/v2/token");
    assert_eq!(
        (
            &set["user_vars"],
            &set["token_params"],
            &set["client_id"],
            &set["scopes"]
        ),
        (&json!(null), &json!(null), &json!("c"), &json!(["read_orders"]))
    );
}

#[tokio::test]
async fn settings_go_through_a_file() {
    let broker = Broker::start().await;
    let arguments = ["oauth", "set", "shop", "--preset", "shopify", "--client-id", "c"];
    broker.cli(&arguments).await.ok();
    let toml = async || {
        broker
            .cli(&["oauth", "show", "shop", "--output", "toml"])
            .await
            .ok()
            .stdout
    };
    let version = async || {
        let shown = broker.json(&["oauth", "show", "shop"]).await;
        shown["version"].as_str().unwrap().to_owned()
    };
    let (file, first) = (toml().await, version().await);
    assert!(file.starts_with(&format!("# Version {first};")), "{file}");
    let diff = ["oauth", "diff", "shop", "--from", "-", "--exit-code"];
    assert_eq!(broker.cli_reading(&file, &diff).await.ok().stdout, "");
    // Another connector with the same settings shows the same file.
    let other = ["oauth", "set", "other", "--provider", "other", "--from", "-"];
    broker.cli_reading(&file, &other).await.ok();
    let copy = broker
        .cli(&["oauth", "show", "other", "--output", "toml"])
        .await
        .ok()
        .stdout;
    let rest = |text: &str| text.lines().skip(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(rest(&copy), rest(&file));

    let edited = file
        .replace("keep_warm = \"45d\"\n", "")
        .replace("\"read_products\"", "\"read_orders\"");
    let output = broker.cli_reading(&edited, &diff).await;
    assert_eq!(output.status, Some(1), "{output:?}");
    assert_eq!(
        output.stdout,
        "scopes\n  - read_products\n  + read_orders\nkeep_warm\n  - 45d"
    );
    let from = ["oauth", "set", "shop", "--from", "-", "--if-version", &first];
    broker.cli_reading(&edited, &from).await.ok();
    assert_eq!(broker.cli_reading(&edited, &diff).await.ok().stdout, "");
    // The version has moved on.
    broker
        .cli_reading(&file, &from)
        .await
        .fails(9, &["changed by somebody else"]);
    let nothing_yet = ["oauth", "set", "shop", "--no-pkce", "--if-version", ""];
    broker
        .cli(&nothing_yet)
        .await
        .fails(9, &["changed by somebody else"]);

    let secret = format!("client_secret = 'canary'\n{file}");
    let refused = broker
        .cli_reading(&secret, &["oauth", "set", "shop", "--from", "-"])
        .await;
    assert!(!format!("{refused:?}").contains("canary"));
    refused.fails(2, &["a client secret does not stand in this file"]);
    broker
        .cli(&["list", "--output", "toml"])
        .await
        .fails(2, &["--output toml is for `berth oauth show`"]);
}
