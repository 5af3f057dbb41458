//! The login: five grants, tokens that end, permissions.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use genesys_users::oauth::{SignIn, TokenSource, TokenSourceBuilder};
use genesys_users::types::ErrorBody;
use genesys_users::{Client, RateLimit};
use rosterkit_sandbox::{OAuthClient, Permissions, Sandbox};
use serde_json::Value;

use crate::support::{TestResult, http};

const CALLBACK: &str = "http://localhost:8085/callback";

fn client(sandbox: &Sandbox, tokens: TokenSourceBuilder) -> TestResult<Client> {
    let builder = Client::builder().gateway(sandbox.base_url(), "/genesys", "/login").oauth(tokens);
    Ok(builder.rate_limit(RateLimit::unlimited()).build()?)
}

async fn total(client: &Client) -> TestResult<Option<i64>> {
    Ok(client.api().get_users().state("any").send().await?.get().total)
}

/// What the browser is redirected to.
async fn redirected(sandbox: &Sandbox, sign_in: &SignIn) -> TestResult<String> {
    let browser = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let response = browser.get(sign_in.url(&sandbox.login_url())?).send().await?;
    assert_eq!(response.status().as_u16(), 302);
    Ok(response.headers().get("location").ok_or("no location")?.to_str()?.to_owned())
}

fn assertion(email: &str) -> String {
    let subject = format!("<s:Subject><s:NameID>{email}</s:NameID></s:Subject>");
    STANDARD.encode(format!("<s:Assertion xmlns:s=\"urn:oasis:names:tc:SAML:2.0:assertion\">{subject}</s:Assertion>"))
}

#[tokio::test]
async fn all_five_grants_give_a_token() -> TestResult {
    let sandbox = Sandbox::builder().users(5).start().await?;
    let known = sandbox.credentials();
    let (id, secret, public) = (known.genesys_client_id, known.genesys_client_secret, known.genesys_public_client_id);

    let program = client(&sandbox, TokenSource::client_credentials(id, secret))?;
    assert_eq!(total(&program).await?, Some(5));
    let email = program.api().get_users().send().await?.into_inner().entities.unwrap_or_default()[1].email.clone();
    let email = email.ok_or("no address")?;

    let server = SignIn::authorization_code(id, secret, CALLBACK)?;
    let tokens = server.finish(&redirected(&sandbox, &server).await?)?.login_url(sandbox.login_url()).build()?;
    let person = Client::builder().base_url(sandbox.genesys_url()).token_source(tokens.clone()).build()?;
    assert_eq!(total(&person).await?, Some(5));
    let token = tokens.current_token().ok_or("no token")?;
    let refresh = token.refresh_token().ok_or("no refresh token")?.clone();
    let renewed = TokenSource::refresh_token(id, secret, refresh);
    assert_eq!(total(&client(&sandbox, renewed)?).await?, Some(5));

    let browser = SignIn::pkce(public, CALLBACK)?.param("login_hint", &email);
    let person = client(&sandbox, browser.finish(&redirected(&sandbox, &browser).await?)?)?;
    assert_eq!(total(&person).await?, Some(5));
    sandbox.expire_tokens();
    assert_eq!(total(&person).await?, Some(5), "the refresh token of a public client is enough for the next one");

    let saml = TokenSource::saml2_bearer(id, secret, "sample-org", assertion(&email));
    assert_eq!(total(&client(&sandbox, saml)?).await?, Some(5));
    Ok(())
}

/// Status and error code of a token request.
async fn refused(sandbox: &Sandbox, basic: Option<(&str, &str)>, form: &[(&str, &str)]) -> TestResult<(u16, String)> {
    let pairs: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", value.replace(':', "%3A"))).collect();
    let mut request = http()?.post(format!("{}/oauth/token", sandbox.login_url()));
    if let Some((id, secret)) = basic {
        request = request.basic_auth(id, Some(secret));
    }
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(pairs.join("&"));
    let response = request.send().await?;
    let (status, body) = (response.status().as_u16(), response.json::<Value>().await?);
    Ok((status, body["error"].as_str().unwrap_or_default().to_owned()))
}

#[tokio::test]
async fn invalid_token_requests_are_explained() -> TestResult {
    let sandbox = Sandbox::builder().users(5).start().await?;
    let known = sandbox.credentials();
    let right = Some((known.genesys_client_id, known.genesys_client_secret));
    let code = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", CALLBACK)];
    let saml = ("grant_type", "urn:ietf:params:oauth:grant-type:saml2-bearer");
    let unknown = assertion("unknown@example.com");
    for (basic, form, expected) in [
        (None, &[("grant_type", "client_credentials")][..], (401, "invalid_client")),
        (Some((known.genesys_client_id, "wrong")), &[("grant_type", "client_credentials")], (401, "invalid_client")),
        (Some(("unknown", "x")), &[("grant_type", "client_credentials")], (401, "invalid_client")),
        (Some((known.genesys_public_client_id, "")), &[("grant_type", "client_credentials")], (401, "invalid_client")),
        (right, &[], (400, "invalid_request")),
        (right, &[("grant_type", "password")], (400, "unsupported_grant_type")),
        (right, &code, (400, "invalid_grant")),
        (right, &code[..2], (400, "invalid_request")),
        (right, &[("grant_type", "refresh_token"), ("refresh_token", "x")], (400, "invalid_grant")),
        (right, &[saml, ("assertion", "x")], (400, "invalid_request")),
        (right, &[saml, ("orgName", "o"), ("assertion", "x")], (400, "invalid_grant")),
        (right, &[saml, ("orgName", "o"), ("assertion", &unknown)], (400, "invalid_grant")),
    ] {
        let (status, error) = refused(&sandbox, basic, form).await?;
        assert_eq!((status, error.as_str()), expected, "{form:?}");
    }
    let url = format!("{}/oauth/token", sandbox.login_url());
    assert_eq!(http()?.get(&url).send().await?.status().as_u16(), 405);
    assert_eq!(http()?.post(&url).body("{}").send().await?.status().as_u16(), 415);
    Ok(())
}

#[tokio::test]
async fn a_code_and_a_refresh_token_work_once() -> TestResult {
    let sandbox = Sandbox::builder().users(5).start().await?;
    let known = sandbox.credentials();
    let basic = Some((known.genesys_client_id, known.genesys_client_secret));
    let sign_in = SignIn::authorization_code(known.genesys_client_id, known.genesys_client_secret, CALLBACK)?;
    let target = redirected(&sandbox, &sign_in).await?;
    let code = target.split(['?', '&']).find_map(|pair| pair.strip_prefix("code=")).ok_or("no code")?;
    let code = code.replace("%2D", "-");
    let form = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK)];
    let response = http()?.post(format!("{}/oauth/token", sandbox.login_url()));
    let response = response.basic_auth(known.genesys_client_id, Some(known.genesys_client_secret));
    let encoded = format!("grant_type=authorization_code&code={code}&redirect_uri={}", CALLBACK.replace(':', "%3A"));
    let response = response.header("content-type", "application/x-www-form-urlencoded").body(encoded).send().await?;
    assert_eq!(response.status().as_u16(), 200);
    let issued: Value = response.json().await?;
    assert_eq!((&issued["token_type"], &issued["expires_in"]), (&"bearer".into(), &86400.into()));
    assert_eq!(refused(&sandbox, basic, &form).await?, (400, "invalid_grant".to_owned()), "the code is used");

    let refresh = issued["refresh_token"].as_str().ok_or("no refresh token")?;
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let other =
        [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", known.genesys_public_client_id)];
    assert_eq!(refused(&sandbox, None, &other).await?.0, 400, "it belongs to another client");
    assert_eq!(refused(&sandbox, basic, &form).await?, (200, String::new()));
    assert_eq!(refused(&sandbox, basic, &form).await?, (400, "invalid_grant".to_owned()), "it was replaced");
    Ok(())
}

#[tokio::test]
async fn a_token_expires_on_the_clock_of_the_sandbox_and_is_renewed() -> TestResult {
    let sandbox = Sandbox::builder().users(5).token_lifetime(Duration::from_secs(3600)).start().await?;
    let known = sandbox.credentials();
    let bearer = |token: &str| Client::builder().base_url(sandbox.genesys_url()).bearer(token.to_owned()).build();
    let minted = bearer(&sandbox.access_token(Permissions::all()))?;
    let renewing =
        client(&sandbox, TokenSource::client_credentials(known.genesys_client_id, known.genesys_client_secret))?;
    assert_eq!((total(&minted).await?, total(&renewing).await?), (Some(5), Some(5)));
    sandbox.advance(Duration::from_secs(3600));
    let error = minted.api().get_users().send().await.err().ok_or("the token has not ended")?;
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    assert_eq!(total(&renewing).await?, Some(5), "the client gets a new token and repeats the request");
    sandbox.expire_tokens();
    assert_eq!(total(&renewing).await?, Some(5));
    let requests = sandbox.request_log();
    let logins = requests.iter().filter(|request| request.operation == Some("oauthToken")).count();
    assert_eq!(logins, 3);
    assert!(total(&bearer("unknown")?).await.is_err());
    assert_eq!(total(&bearer(known.genesys_token)?).await?, Some(5), "the fixed token never ends");
    Ok(())
}

#[tokio::test]
async fn a_missing_permission_is_named() -> TestResult {
    let reader = OAuthClient::new("reader", "secret").permissions(Permissions::only(["directory:user:view"]));
    let sandbox = Sandbox::builder().users(5).oauth_client(reader).start().await?;
    let reader = client(&sandbox, TokenSource::client_credentials("reader", "secret"))?;
    assert_eq!(total(&reader).await?, Some(5));
    let error = reader.api().delete_user().user_id("x").send().await.err().ok_or("it was allowed")?;
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
    let body = error.service_error::<ErrorBody>().ok_or("no error body")?;
    assert!(body.code.as_deref().is_some_and(|code| code.starts_with("missing.")), "{:?}", body.code);
    assert!(body.message.as_deref().is_some_and(|message| message.contains("directory:user:delete")));
    Ok(())
}

#[tokio::test]
async fn redirect_uris_of_other_clients_are_rejected() -> TestResult {
    let known = OAuthClient::new("web", "secret").redirect_uri(CALLBACK);
    let sandbox = Sandbox::builder().users(5).oauth_client(known).start().await?;
    let browser = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let open = async |query: &str| browser.get(format!("{}/oauth/authorize?{query}", sandbox.login_url())).send().await;
    for query in [
        "",
        "response_type=code&redirect_uri=http%3A%2F%2Flocalhost",
        "response_type=code&client_id=unknown&redirect_uri=http%3A%2F%2Flocalhost",
        "response_type=code&client_id=web",
        "response_type=code&client_id=web&redirect_uri=http%3A%2F%2Fevil.example.com",
        "response_type=code&client_id=sandbox-client&redirect_uri=javascript%3Aalert(1)",
    ] {
        assert_eq!(open(query).await?.status().as_u16(), 400, "{query}");
    }
    let uri = "client_id=web&redirect_uri=http%3A%2F%2Flocalhost%3A8085%2Fcallback&state=s";
    for (query, error) in [
        (format!("{uri}&response_type=token"), "error=unsupported%5Fresponse%5Ftype"),
        (format!("{uri}&response_type=code&login_hint=unknown@example.com"), "error=access%5Fdenied"),
        (format!("{uri}&response_type=code&code_challenge=x&code_challenge_method=plain"), "error=invalid%5Frequest"),
    ] {
        let response = open(&query).await?;
        assert_eq!(response.status().as_u16(), 302);
        let target = response.headers().get("location").ok_or("no location")?.to_str()?;
        assert!(target.starts_with(CALLBACK) && target.contains(error) && target.ends_with("&state=s"), "{target}");
    }
    Ok(())
}

/// The response to a request of the control endpoint, or to one that carries a token.
async fn json(request: reqwest::RequestBuilder) -> TestResult<(u16, Value)> {
    let response = request.send().await?;
    let (status, text) = (response.status().as_u16(), response.text().await?);
    Ok((status, serde_json::from_str(&text).unwrap_or_default()))
}

#[tokio::test]
async fn only_current_active_users_can_sign_in() -> TestResult {
    let sandbox = Sandbox::builder().users(5).start().await?;
    let (http, known) = (http()?, sandbox.credentials());
    let users = format!("{}/api/v2/users", sandbox.genesys_url());
    let basic = Some((known.genesys_client_id, known.genesys_client_secret));
    let new = serde_json::json!({ "name": "New Person", "email": "new.person@example.com", "state": "active" });
    let (_, created) = json(http.post(&users).bearer_auth(known.genesys_token).json(&new)).await?;
    let id = created["id"].as_str().ok_or("no id")?;

    let sign_in = || async {
        let assertion = assertion("new.person@example.com").replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Asaml2-bearer";
        let request = http.post(format!("{}/oauth/token", sandbox.login_url()));
        let request = request.basic_auth(known.genesys_client_id, Some(known.genesys_client_secret));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        json(request.body(format!("grant_type={grant}&orgName=o&assertion={assertion}"))).await
    };
    let (status, issued) = sign_in().await?;
    assert_eq!(status, 200, "{issued}");
    let token = issued["access_token"].as_str().ok_or("no token")?;
    let (status, me) = json(http.get(format!("{users}/me")).bearer_auth(token)).await?;
    assert_eq!((status, me["id"].as_str()), (200, Some(id)));

    let gone = http.delete(format!("{users}/{id}")).bearer_auth(known.genesys_token);
    assert_eq!(json(gone).await?.0, 200);
    assert_eq!(json(http.get(&users).bearer_auth(token)).await?.0, 401, "the token of a deleted user");
    let refresh = issued["refresh_token"].as_str().ok_or("no refresh token")?;
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    assert_eq!(refused(&sandbox, basic, &form).await?, (400, "invalid_grant".to_owned()));
    assert_eq!(sign_in().await?.0, 400);
    let authorize = format!(
        "{}/oauth/authorize?response_type=code&client_id={}&redirect_uri=http%3A%2F%2Flocalhost&login_hint=new.person@example.com",
        sandbox.login_url(),
        known.genesys_client_id
    );
    let browser = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let response = browser.get(authorize).send().await?;
    let target = response.headers().get("location").ok_or("no location")?.to_str()?;
    assert!(target.contains("error=access%5Fdenied"), "{target}");
    Ok(())
}

#[tokio::test]
async fn a_repeated_parameter_is_rejected() -> TestResult {
    let sandbox = Sandbox::builder().users(5).start().await?;
    let known = sandbox.credentials();
    let basic = Some((known.genesys_client_id, known.genesys_client_secret));
    let form = [("grant_type", "client_credentials"), ("grant_type", "client_credentials")];
    assert_eq!(refused(&sandbox, basic, &form).await?, (400, "invalid_request".to_owned()));
    let query = "response_type=code&client_id=sandbox-client&redirect_uri=http%3A%2F%2Fa&redirect_uri=http%3A%2F%2Fb";
    let response = http()?.get(format!("{}/oauth/authorize?{query}", sandbox.login_url())).send().await?;
    assert_eq!(response.status().as_u16(), 400);
    Ok(())
}
