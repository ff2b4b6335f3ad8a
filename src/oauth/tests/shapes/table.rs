//! What each provider is asked and answers, as their documentation has it.

use serde_json::json;

use super::{BEARER, FORM, JSON, Shape, replay};

#[tokio::test]
async fn the_token_is_within_and_a_bots_is_beside_it() {
    replay(Shape {
        name: "Slack, for a user",
        settings: json!({
            "auth_url": "BASE/oauth/v2/authorize",
            "token_url": "BASE/api/oauth.v2.access",
            "client_auth": "post",
            "no_pkce": true,
            "scope_separator": ",",
            "scope_param": "user_scope",
            "fields": {
                "access_token": "/authed_user/access_token",
                "refresh_token": "/authed_user/refresh_token",
                "expires_in": "/authed_user/expires_in",
                "scope": "/authed_user/scope",
            },
            "captures": {"team": "/team/id"},
        }),
        scopes: "chat:write users:read",
        headers: &["Authorization: Bearer {access_token}", "X-Team: {team}"],
        user_vars: &[],
        sent: "/oauth/v2/authorize?client_id=client&redirect_uri=*&response_type=code&state=*&user_scope=chat:write,users:read",
        back: "code=c0de",
        exchange: (
            "POST /api/oauth.v2.access form client_id=client&client_secret=s3cret&code=c0de&grant_type=authorization_code&redirect_uri=*",
            (
                200,
                JSON,
                r#"{"ok":true,"access_token":"xoxb-bot","token_type":"bot","refresh_token":"xoxe-bot","expires_in":43200,
                    "scope":"commands","team":{"id":"T1","name":"x"},"authed_user":{"id":"U1","scope":"chat:write,users:read",
                    "access_token":"xoxp-user","token_type":"user","refresh_token":"xoxe-user","expires_in":43200}}"#,
            ),
        ),
        delivered: &[("authorization", "Bearer xoxp-user"), ("x-team", "T1")],
        scope: "chat:write users:read",
        refresh: Some([
            (
                "POST /api/oauth.v2.access form client_id=client&client_secret=s3cret&grant_type=refresh_token&refresh_token=xoxe-user",
                (200, JSON, r#"{"ok":true,"access_token":"xoxp-2","refresh_token":"xoxe-2","expires_in":43200}"#),
            ),
            (
                "POST /api/oauth.v2.access form client_id=client&client_secret=s3cret&grant_type=refresh_token&refresh_token=xoxe-2",
                (200, JSON, r#"{"ok":true,"access_token":"xoxp-3","refresh_token":"xoxe-3","expires_in":43200}"#),
            ),
        ]),
        refreshed: &[("authorization", "Bearer xoxp-3"), ("x-team", "T1")],
    })
    .await;
}

#[tokio::test]
async fn tokens_in_a_form_and_numbers_in_quotation_marks() {
    replay(Shape {
        name: "GitHub, an OAuth app",
        settings: json!({"auth_url": "BASE/login/oauth/authorize", "token_url": "BASE/login/oauth/access_token", "client_auth": "post"}),
        scopes: "repo gist",
        headers: BEARER,
        user_vars: &[],
        sent: "/login/oauth/authorize?client_id=client&code_challenge=*&code_challenge_method=S256&redirect_uri=*&response_type=code&scope=repo gist&state=*",
        back: "code=c0de",
        exchange: (
            "POST /login/oauth/access_token form client_id=client&client_secret=s3cret&code=c0de&code_verifier=*&grant_type=authorization_code&redirect_uri=*",
            (200, FORM, "access_token=gho_1&scope=repo%2Cgist&token_type=bearer"),
        ),
        delivered: &[("authorization", "Bearer gho_1")],
        scope: "repo gist",
        refresh: None,
        refreshed: &[],
    })
    .await;
    replay(Shape {
        name: "GitHub, an app, whose answers come as text",
        settings: json!({"auth_url": "BASE/login/oauth/authorize", "token_url": "BASE/login/oauth/access_token", "client_auth": "post", "no_pkce": true}),
        scopes: "",
        headers: BEARER,
        user_vars: &[],
        sent: "/login/oauth/authorize?client_id=client&redirect_uri=*&response_type=code&state=*",
        back: "code=c0de",
        exchange: (
            "POST /login/oauth/access_token form client_id=client&client_secret=s3cret&code=c0de&grant_type=authorization_code&redirect_uri=*",
            (200, "text/plain", r#"{"access_token":"ghu_1","expires_in":"28800","refresh_token":"ghr_1","refresh_token_expires_in":"15811200","scope":"","token_type":"bearer"}"#),
        ),
        delivered: &[("authorization", "Bearer ghu_1")],
        scope: "",
        refresh: Some([
            (
                "POST /login/oauth/access_token form client_id=client&client_secret=s3cret&grant_type=refresh_token&refresh_token=ghr_1",
                (200, JSON, r#"{"access_token":"ghu_2","expires_in":"28800","refresh_token":"ghr_2"}"#),
            ),
            (
                "POST /login/oauth/access_token form client_id=client&client_secret=s3cret&grant_type=refresh_token&refresh_token=ghr_2",
                (200, JSON, r#"{"access_token":"ghu_3","expires_in":"28800","refresh_token":"ghr_3"}"#),
            ),
        ]),
        refreshed: &[("authorization", "Bearer ghu_3")],
    })
    .await;
}

#[tokio::test]
async fn an_answer_without_a_lifetime_and_with_an_address() {
    let again = "POST /services/oauth2/token form basic grant_type=refresh_token&refresh_token=r1";
    replay(Shape {
        name: "Salesforce",
        settings: json!({
            "auth_url": "BASE/services/oauth2/authorize",
            "token_url": "BASE/services/oauth2/token",
            "client_auth": "basic",
            "captures": {"instance_url": "/instance_url"},
            "assume_lifetime": 7200,
            "rotation": "none",
        }),
        scopes: "api refresh_token",
        headers: &["Authorization: Bearer {access_token}", "X-Instance: {instance_url}"],
        user_vars: &[],
        sent: "/services/oauth2/authorize?client_id=client&code_challenge=*&code_challenge_method=S256&redirect_uri=*&response_type=code&scope=api refresh_token&state=*",
        back: "code=c0de",
        exchange: (
            "POST /services/oauth2/token form basic code=c0de&code_verifier=*&grant_type=authorization_code&redirect_uri=*",
            (200, JSON, r#"{"access_token":"a1","refresh_token":"r1","signature":"s","scope":"refresh_token api","instance_url":"https://acme.example","id":"i","token_type":"Bearer","issued_at":"1278448101416"}"#),
        ),
        delivered: &[("authorization", "Bearer a1"), ("x-instance", "https://acme.example")],
        scope: "refresh_token api",
        refresh: Some([
            (again, (200, JSON, r#"{"access_token":"a2","signature":"s","issued_at":"1278448384422"}"#)),
            (again, (200, JSON, r#"{"access_token":"a3","instance_url":"https://moved.example"}"#)),
        ]),
        refreshed: &[("authorization", "Bearer a3"), ("x-instance", "https://moved.example")],
    })
    .await;
}

#[tokio::test]
async fn the_callback_tells_the_token_endpoint() {
    let again = "POST /oauth/v2/token form client_id=client&client_secret=s3cret&grant_type=refresh_token&refresh_token=r1";
    replay(Shape {
        name: "Zoho",
        settings: json!({
            "auth_url": "BASE/oauth/v2/auth",
            "token_url": "{accounts-server}/oauth/v2/token",
            "client_auth": "post",
            "no_pkce": true,
            "scope_separator": ",",
            "auth_params": {"access_type": "offline", "prompt": "consent"},
            "callback_captures": ["accounts-server:http://127\\.0\\.0\\.1:[0-9]+"],
            "captures": {"api_domain": "/api_domain"},
            "rotation": "none",
        }),
        scopes: "ZohoCRM.modules.ALL ZohoCRM.users.READ",
        headers: &["Authorization: Zoho-oauthtoken {access_token}", "X-Api: {api_domain}", "X-Accounts: {accounts-server}"],
        user_vars: &[],
        sent: "/oauth/v2/auth?access_type=offline&client_id=client&prompt=consent&redirect_uri=*&response_type=code&scope=ZohoCRM.modules.ALL,ZohoCRM.users.READ&state=*",
        back: "code=c0de&location=eu&accounts-server=BASE",
        exchange: (
            "POST /oauth/v2/token form client_id=client&client_secret=s3cret&code=c0de&grant_type=authorization_code&redirect_uri=*",
            (200, "application/json;charset=UTF-8", r#"{"access_token":"a1","refresh_token":"r1","scope":"ZohoCRM.modules.ALL ZohoCRM.users.READ","api_domain":"https://www.zohoapis.eu","token_type":"Bearer","expires_in":3600}"#),
        ),
        delivered: &[("authorization", "Zoho-oauthtoken a1"), ("x-api", "https://www.zohoapis.eu"), ("x-accounts", "BASE")],
        scope: "ZohoCRM.modules.ALL ZohoCRM.users.READ",
        refresh: Some([
            (again, (200, JSON, r#"{"access_token":"a2","api_domain":"https://www.zohoapis.eu","token_type":"Bearer","expires_in":3600}"#)),
            (again, (200, JSON, r#"{"access_token":"a3","token_type":"Bearer","expires_in":3600}"#)),
        ]),
        refreshed: &[("authorization", "Zoho-oauthtoken a3"), ("x-api", "https://www.zohoapis.eu"), ("x-accounts", "BASE")],
    })
    .await;
    replay(Shape {
        name: "QuickBooks",
        settings: json!({
            "auth_url": "BASE/connect/oauth2",
            "token_url": "BASE/oauth2/v1/tokens/bearer",
            "client_auth": "basic",
            "callback_captures": ["realmId:[0-9]+"],
        }),
        scopes: "com.intuit.quickbooks.accounting",
        headers: &["Authorization: Bearer {access_token}", "X-Realm: {realmId}"],
        user_vars: &[],
        sent: "/connect/oauth2?client_id=client&code_challenge=*&code_challenge_method=S256&redirect_uri=*&response_type=code&scope=com.intuit.quickbooks.accounting&state=*",
        back: "code=c0de&realmId=9130",
        exchange: (
            "POST /oauth2/v1/tokens/bearer form basic code=c0de&code_verifier=*&grant_type=authorization_code&redirect_uri=*",
            (200, JSON, r#"{"token_type":"bearer","expires_in":3600,"refresh_token":"r1","x_refresh_token_expires_in":8726400,"access_token":"a1"}"#),
        ),
        delivered: &[("authorization", "Bearer a1"), ("x-realm", "9130")],
        scope: "com.intuit.quickbooks.accounting",
        refresh: Some([
            (
                "POST /oauth2/v1/tokens/bearer form basic grant_type=refresh_token&refresh_token=r1",
                (200, JSON, r#"{"token_type":"bearer","expires_in":3600,"refresh_token":"r2","access_token":"a2"}"#),
            ),
            (
                "POST /oauth2/v1/tokens/bearer form basic grant_type=refresh_token&refresh_token=r2",
                (200, JSON, r#"{"token_type":"bearer","expires_in":3600,"refresh_token":"r2","access_token":"a3"}"#),
            ),
        ]),
        refreshed: &[("authorization", "Bearer a3"), ("x-realm", "9130")],
    })
    .await;
}

#[tokio::test]
async fn each_user_has_a_place_of_their_own() {
    replay(Shape {
        name: "Shopify",
        settings: json!({
            "auth_url": "BASE/{shop}/admin/oauth/authorize",
            "token_url": "BASE/{shop}/admin/oauth/access_token",
            "client_auth": "post",
            "no_pkce": true,
            "scope_separator": ",",
            "token_params": {"expiring": "1"},
            "user_vars": ["shop:[a-z0-9][a-z0-9-]*"],
        }),
        scopes: "read_orders write_orders",
        headers: &["X-Shopify-Access-Token: {access_token}", "X-Shop: {shop}"],
        user_vars: &[("shop", "acme-1")],
        sent: "/acme-1/admin/oauth/authorize?client_id=client&redirect_uri=*&response_type=code&scope=read_orders,write_orders&state=*",
        back: "code=c0de&shop=acme-1.myshopify.com&hmac=x",
        exchange: (
            "POST /acme-1/admin/oauth/access_token form client_id=client&client_secret=s3cret&code=c0de&expiring=1&grant_type=authorization_code&redirect_uri=*",
            (200, JSON, r#"{"access_token":"shpat_1","scope":"write_orders","expires_in":3600,"refresh_token":"r1","refresh_token_expires_in":7776000}"#),
        ),
        delivered: &[("x-shopify-access-token", "shpat_1"), ("x-shop", "acme-1")],
        scope: "write_orders",
        refresh: Some([
            (
                "POST /acme-1/admin/oauth/access_token form client_id=client&client_secret=s3cret&grant_type=refresh_token&refresh_token=r1",
                (200, JSON, r#"{"access_token":"shpat_2","expires_in":3600,"refresh_token":"r2"}"#),
            ),
            (
                "POST /acme-1/admin/oauth/access_token form client_id=client&client_secret=s3cret&grant_type=refresh_token&refresh_token=r2",
                (200, JSON, r#"{"access_token":"shpat_3","expires_in":3600,"refresh_token":"r3"}"#),
            ),
        ]),
        refreshed: &[("x-shopify-access-token", "shpat_3"), ("x-shop", "acme-1")],
    })
    .await;
}

#[tokio::test]
async fn refreshed_elsewhere_and_in_json() {
    let again = "POST /v1/oauth/refresh form basic grant_type=refresh_token&refresh_token=r1";
    replay(Shape {
        name: "Figma",
        settings: json!({
            "auth_url": "BASE/oauth",
            "token_url": "BASE/v1/oauth/token",
            "refresh_url": "BASE/v1/oauth/refresh",
            "client_auth": "basic",
            "no_pkce": true,
            "scope_separator": ",",
            "rotation": "none",
        }),
        scopes: "file_content:read file_comments:write",
        headers: BEARER,
        user_vars: &[],
        sent: "/oauth?client_id=client&redirect_uri=*&response_type=code&scope=file_content:read,file_comments:write&state=*",
        back: "code=c0de",
        exchange: (
            "POST /v1/oauth/token form basic code=c0de&grant_type=authorization_code&redirect_uri=*",
            (200, JSON, r#"{"user_id_string":"1","access_token":"a1","token_type":"bearer","expires_in":7776000,"refresh_token":"r1"}"#),
        ),
        delivered: &[("authorization", "Bearer a1")],
        scope: "file_content:read file_comments:write",
        refresh: Some([
            (again, (200, JSON, r#"{"access_token":"a2","token_type":"bearer","expires_in":7776000}"#)),
            (again, (200, JSON, r#"{"access_token":"a3","token_type":"bearer","expires_in":7776000}"#)),
        ]),
        refreshed: &[("authorization", "Bearer a3")],
    })
    .await;
    replay(Shape {
        name: "Notion",
        settings: json!({
            "auth_url": "BASE/v1/oauth/authorize",
            "token_url": "BASE/v1/oauth/token",
            "client_auth": "basic",
            "no_pkce": true,
            "token_body": "json",
            "auth_params": {"owner": "user"},
            "captures": {"workspace_id": "/workspace_id"},
            "assume_lifetime": 3600,
        }),
        scopes: "",
        headers: &["Authorization: Bearer {access_token}", "X-Workspace: {workspace_id}"],
        user_vars: &[],
        sent: "/v1/oauth/authorize?client_id=client&owner=user&redirect_uri=*&response_type=code&state=*",
        back: "code=c0de",
        exchange: (
            "POST /v1/oauth/token json basic code=c0de&grant_type=authorization_code&redirect_uri=*",
            (200, JSON, r#"{"access_token":"ntn_1","token_type":"bearer","refresh_token":"nrt_1","bot_id":"b","workspace_id":"w","owner":{"type":"user"}}"#),
        ),
        delivered: &[("authorization", "Bearer ntn_1"), ("x-workspace", "w")],
        scope: "",
        refresh: Some([
            (
                "POST /v1/oauth/token json basic grant_type=refresh_token&refresh_token=nrt_1",
                (200, JSON, r#"{"access_token":"ntn_2","token_type":"bearer","refresh_token":"nrt_2","workspace_id":"w"}"#),
            ),
            (
                "POST /v1/oauth/token json basic grant_type=refresh_token&refresh_token=nrt_2",
                (200, JSON, r#"{"access_token":"ntn_3","token_type":"bearer","refresh_token":"nrt_3","workspace_id":null}"#),
            ),
        ]),
        refreshed: &[("authorization", "Bearer ntn_3"), ("x-workspace", "w")],
    })
    .await;
    replay(Shape {
        name: "Pipedrive",
        settings: json!({
            "auth_url": "BASE/oauth/authorize",
            "token_url": "BASE/oauth/token",
            // Not of Pipedrive: what a later answer says does not move where a refresh token goes.
            "refresh_url": "{api_domain}/oauth/token",
            "client_auth": "basic",
            "no_pkce": true,
            "captures": {"api_domain": "/api_domain"},
        }),
        scopes: "",
        headers: &["Authorization: Bearer {access_token}", "X-Api: {api_domain}"],
        user_vars: &[],
        sent: "/oauth/authorize?client_id=client&redirect_uri=*&response_type=code&state=*",
        back: "code=c0de",
        exchange: (
            "POST /oauth/token form basic code=c0de&grant_type=authorization_code&redirect_uri=*",
            (200, JSON, r#"{"access_token":"a1","token_type":"Bearer","refresh_token":"r1","scope":"deals:read,users:read","expires_in":3599,"api_domain":"BASE"}"#),
        ),
        delivered: &[("authorization", "Bearer a1"), ("x-api", "BASE")],
        scope: "deals:read users:read",
        refresh: Some([
            (
                "POST /oauth/token form basic grant_type=refresh_token&refresh_token=r1",
                (200, JSON, r#"{"access_token":"a2","refresh_token":"r2","expires_in":3599,"api_domain":"https://evil.example"}"#),
            ),
            (
                "POST /oauth/token form basic grant_type=refresh_token&refresh_token=r2",
                (200, JSON, r#"{"access_token":"a3","refresh_token":"r3","expires_in":3599}"#),
            ),
        ]),
        refreshed: &[("authorization", "Bearer a3"), ("x-api", "BASE")],
    })
    .await;
}

#[tokio::test]
async fn parameters_under_other_names() {
    replay(Shape {
        name: "monday",
        settings: json!({
            "auth_url": "BASE/oauth2/authorize",
            "token_url": "BASE/oauth2/token",
            "client_auth": "post",
            "no_pkce": true,
            "rename_params": {"response_type": ""},
        }),
        scopes: "boards:read",
        headers: &["Authorization: {access_token}"],
        user_vars: &[],
        sent: "/oauth2/authorize?client_id=client&redirect_uri=*&scope=boards:read&state=*",
        back: "code=c0de",
        exchange: (
            "POST /oauth2/token form client_id=client&client_secret=s3cret&code=c0de&grant_type=authorization_code&redirect_uri=*",
            (200, JSON, r#"{"access_token":"a1","token_type":"Bearer","scope":"boards:read"}"#),
        ),
        delivered: &[("authorization", "a1")],
        scope: "boards:read",
        refresh: None,
        refreshed: &[],
    })
    .await;
    replay(Shape {
        name: "TikTok",
        settings: json!({
            "auth_url": "BASE/v2/auth/authorize/",
            "token_url": "BASE/v2/oauth/token/",
            "client_auth": "post",
            "scope_separator": ",",
            "rename_params": {"client_id": "client_key"},
            "captures": {"open_id": "/open_id"},
        }),
        scopes: "user.info.basic video.list",
        headers: &["Authorization: Bearer {access_token}", "X-Open-Id: {open_id}"],
        user_vars: &[],
        sent: "/v2/auth/authorize/?client_key=client&code_challenge=*&code_challenge_method=S256&redirect_uri=*&response_type=code&scope=user.info.basic,video.list&state=*",
        back: "code=c0de&scopes=user.info.basic",
        exchange: (
            "POST /v2/oauth/token/ form client_key=client&client_secret=s3cret&code=c0de&code_verifier=*&grant_type=authorization_code&redirect_uri=*",
            (200, JSON, r#"{"access_token":"a1","expires_in":86400,"open_id":"o","refresh_expires_in":31536000,"refresh_token":"r1","scope":"user.info.basic","token_type":"Bearer"}"#),
        ),
        delivered: &[("authorization", "Bearer a1"), ("x-open-id", "o")],
        scope: "user.info.basic",
        refresh: Some([
            (
                "POST /v2/oauth/token/ form client_key=client&client_secret=s3cret&grant_type=refresh_token&refresh_token=r1",
                (200, JSON, r#"{"access_token":"a2","expires_in":86400,"refresh_token":"r2"}"#),
            ),
            (
                "POST /v2/oauth/token/ form client_key=client&client_secret=s3cret&grant_type=refresh_token&refresh_token=r2",
                (200, JSON, r#"{"access_token":"a3","expires_in":86400,"refresh_token":"r3"}"#),
            ),
        ]),
        refreshed: &[("authorization", "Bearer a3"), ("x-open-id", "o")],
    })
    .await;
    let again = "POST /auth/o2/token form client_id=client&client_secret=s3cret&grant_type=refresh_token&refresh_token=r1";
    replay(Shape {
        name: "Amazon's selling partners, with other names at two places alone",
        settings: json!({
            "auth_url": "BASE/apps/authorize/consent",
            "token_url": "BASE/auth/o2/token",
            "client_auth": "post",
            "no_pkce": true,
            "rename_params": {"authorize.client_id": "application_id", "callback.code": "spapi_oauth_code"},
            "callback_captures": ["selling_partner_id"],
        }),
        scopes: "",
        headers: &["X-Amz-Access-Token: {access_token}", "X-Partner: {selling_partner_id}"],
        user_vars: &[],
        sent: "/apps/authorize/consent?application_id=client&redirect_uri=*&response_type=code&state=*",
        back: "spapi_oauth_code=c0de&selling_partner_id=A1",
        exchange: (
            "POST /auth/o2/token form client_id=client&client_secret=s3cret&code=c0de&grant_type=authorization_code&redirect_uri=*",
            (200, JSON, r#"{"access_token":"a1","token_type":"bearer","expires_in":3600,"refresh_token":"r1"}"#),
        ),
        delivered: &[("x-amz-access-token", "a1"), ("x-partner", "A1")],
        scope: "",
        refresh: Some([
            (again, (200, JSON, r#"{"access_token":"a2","expires_in":3600,"refresh_token":"r1"}"#)),
            (again, (200, JSON, r#"{"access_token":"a3","expires_in":3600,"refresh_token":"r1"}"#)),
        ]),
        refreshed: &[("x-amz-access-token", "a3"), ("x-partner", "A1")],
    })
    .await;
}

#[tokio::test]
async fn an_access_token_that_is_its_own_refresh_token() {
    replay(Shape {
        name: "Facebook",
        settings: json!({
            "auth_url": "BASE/dialog/oauth",
            "token_url": "BASE/oauth/access_token",
            "client_auth": "post",
            "no_pkce": true,
            "fields": {"refresh_token": "/access_token"},
            "refresh_params": {"grant_type": "fb_exchange_token"},
            "rename_params": {"refresh.refresh_token": "fb_exchange_token"},
        }),
        scopes: "pages_show_list",
        headers: BEARER,
        user_vars: &[],
        sent: "/dialog/oauth?client_id=client&redirect_uri=*&response_type=code&scope=pages_show_list&state=*",
        back: "code=c0de",
        exchange: (
            "POST /oauth/access_token form client_id=client&client_secret=s3cret&code=c0de&grant_type=authorization_code&redirect_uri=*",
            (200, JSON, r#"{"access_token":"a1","token_type":"bearer","expires_in":5183944}"#),
        ),
        delivered: &[("authorization", "Bearer a1")],
        scope: "pages_show_list",
        refresh: Some([
            (
                "POST /oauth/access_token form client_id=client&client_secret=s3cret&fb_exchange_token=a1&grant_type=fb_exchange_token",
                (200, JSON, r#"{"access_token":"a2","token_type":"bearer","expires_in":5183944}"#),
            ),
            (
                "POST /oauth/access_token form client_id=client&client_secret=s3cret&fb_exchange_token=a2&grant_type=fb_exchange_token",
                (200, JSON, r#"{"access_token":"a3","token_type":"bearer","expires_in":5183944}"#),
            ),
        ]),
        refreshed: &[("authorization", "Bearer a3")],
    })
    .await;
}
