//! `login` and `logout`: a user of Genesys Cloud signs in with a profile, and out again.

mod browser;
mod callback;

use std::sync::Arc;

use clap::Args;
use genesys_users::oauth::{SignIn, Token, login_url};
use genesys_users::{Client, ClientBuilder};
use rosterkit_core::chrono::Utc;

use self::callback::Callback;
use crate::context::Context;
use crate::error::Error;
use crate::profiles::{self, Genesys, KeptIn, Profiles, Tokens};
use crate::signals;

/// The profile of a login that names none, if there is no current one.
const DEFAULT: &str = "default";

const LOGIN: &str = "\
The browser opens the sign-in page of Genesys Cloud, and comes back to this machine when you have signed in. All commands with \
the profile then act as you, until `rosterkit logout`. Access tokens are renewed without asking you again.

The OAuth client is one for code authorization with PKCE, without a secret, that has the redirect URI \
http://localhost:8087/callback; another port is given with --port. It comes from --client-id or the profile.

The tokens go into the key ring of the operating system. Without one that responds within 3 seconds, they go into the profiles \
file, which only you can read; a message says so. The wait ends after 5 minutes.

Examples:
  rosterkit login --profile work --region eu-west-1 --client-id CLIENT_ID
  rosterkit login
  rosterkit login --no-browser --no-key-ring
  rosterkit --sandbox login

With --sandbox, the sign-in is tried at the embedded sandbox, which asks for no password, and nothing is kept.";

const LOGOUT: &str = "\
Removes the tokens of the profile from this machine. Its other settings stay. Genesys Cloud documents no operation that ends \
them: an access token is valid until it expires, by default within a day.

Examples:
  rosterkit logout
  rosterkit logout --profile work";

/// Sign in to Genesys Cloud as a user, for a profile
#[derive(Args, Debug)]
#[command(after_help = LOGIN)]
pub(crate) struct Login {
    /// The OAuth client; default: the one of the profile
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The port of the redirect URI, http://localhost:PORT/callback
    #[arg(long, value_name = "PORT", default_value_t = 8087, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Do not open a browser: only print the address
    #[arg(long)]
    no_browser: bool,
    /// Keep the tokens in the profiles file, not in the key ring
    #[arg(long)]
    no_key_ring: bool,
}

/// Sign out: remove the tokens of a profile from this machine
#[derive(Args, Debug)]
#[command(after_help = LOGOUT)]
pub(crate) struct Logout {}

/// Where and as which client to sign in.
struct Target {
    profile: String,
    /// The section of the profile, with what the options add.
    genesys: Genesys,
    client_id: String,
    login_url: String,
}

impl Login {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        if context.global.sandbox {
            let (api, login) = context.sandbox(|it| (it.genesys_url(), it.login_url())).await?;
            let known = context.sandbox(|it| it.credentials().genesys_public_client_id).await?;
            let client_id = self.client_id.as_deref().unwrap_or(known);
            self.sign_in(context, Client::builder().base_url(api), client_id, &login).await?;
            context.hint("signed in at the sandbox, which ends with this command: nothing is kept");
            return Ok(());
        }
        let target = self.target(context)?;
        let builder = match (&target.genesys.region, &target.genesys.base_url) {
            (Some(region), _) => Client::builder().region(region),
            (None, Some(url)) => Client::builder().base_url(url),
            (None, None) => return Err(no_address(&target.profile)),
        };
        let token = self.sign_in(context, builder, &target.client_id, &target.login_url).await?;
        let no_key_ring = self.no_key_ring;
        // The code is used up: what it gave is not thrown away.
        let kept = tokio::task::spawn_blocking(move || keep(target, &token, no_key_ring));
        let (kept, name) = match signals::uninterrupted(kept).await {
            Some(Ok(kept)) => kept?,
            Some(Err(_)) | None => {
                return Err(Error::Service("the tokens could not be kept: sign in again".to_owned()));
            }
        };
        if let Some(problem) = kept.problem {
            context.hint(format_args!("the tokens are in {}, not in the key ring: {problem}", KeptIn::File.name()));
        }
        let until = match kept.ends {
            Some(end) => format!("until {end}: the login gave no refresh token"),
            None => "until `rosterkit logout`".to_owned(),
        };
        context.hint(format_args!("signed in; commands with profile `{name}` act as you {until}"));
        Ok(())
    }

    /// What the options and the profile say.
    fn target(&self, context: &Context) -> Result<Target, Error> {
        let global = &context.global;
        let unused = |option: &&str| !["--profile", "--region", "--base-url"].contains(option);
        if let Some(option) = global.given().into_iter().find(unused) {
            return Err(Error::usage(format!("`login` does not use {option}: remove it")));
        }
        let mut profiles = Profiles::load()?;
        let named = profiles::named(global.profile.as_deref()).or_else(|| profiles.current.clone());
        let profile = named.unwrap_or_else(|| DEFAULT.to_owned());
        profiles::check_name(&profile)?;
        let known = profiles.profiles.remove(&profile).and_then(|profile| profile.genesys);
        let mut genesys = known.unwrap_or_default();
        if genesys.token.is_some() || genesys.client_secret.is_some() {
            let other = if genesys.token.is_some() { "genesys.token" } else { "genesys.client_secret" };
            return Err(Error::usage(format!(
                "profile `{profile}` has `{other}`, and needs no sign-in: name another profile with --profile"
            )));
        }
        set("--region", &global.region, &mut genesys.region, &genesys.base_url, &profile)?;
        set("--base-url", &global.base_url, &mut genesys.base_url, &genesys.region, &profile)?;
        let client_id = self.client_id.as_ref().or(genesys.client_id.as_ref());
        let client_id = client_id.filter(|id| !id.trim().is_empty()).cloned().ok_or_else(|| {
            Error::usage(format!(
                "the OAuth client is missing: give --client-id, or set `genesys.client_id` of profile `{profile}`"
            ))
        })?;
        genesys.client_id = Some(client_id.clone());
        let api = match (&genesys.region, &genesys.base_url) {
            (Some(region), _) => region.parse::<genesys_users::Region>()?.api_url().to_owned(),
            (None, Some(url)) => url.clone(),
            (None, None) => return Err(no_address(&profile)),
        };
        let login_url = match &genesys.login_url {
            Some(url) => url.clone(),
            None => login_url(&api)?,
        };
        Ok(Target { profile, genesys, client_id, login_url })
    }

    /// The user signs in, and the code is exchanged.
    async fn sign_in(
        &self,
        context: &Context,
        builder: ClientBuilder,
        client_id: &str,
        login_url: &str,
    ) -> Result<Token, Error> {
        let callback = Callback::listen(self.port).await?;
        let sign_in = Arc::new(SignIn::pkce(client_id, callback.redirect_uri())?);
        let address = sign_in.url(login_url)?;
        let is_open = !self.no_browser && browser::open(&address);
        let how = if is_open { "if no browser opens, open this address" } else { "open this address in a browser" };
        context.hint(format_args!("to sign in, {how}:\n  {address}"));
        let response = callback.wait(&sign_in).await?;
        let tokens = sign_in.finish(&response)?.login_url(login_url).build()?;
        // The client gives the source its connection.
        let _client = builder.token_source(tokens.clone()).build()?;
        match signals::uninterrupted(tokens.token()).await {
            Some(token) => Ok(token?),
            None => Err(Error::Credential("the sign-in was stopped".to_owned())),
        }
    }
}

/// Takes over an address that an option gives, if the profile has no other.
fn set(
    option: &str,
    given: &Option<String>,
    own: &mut Option<String>,
    other: &Option<String>,
    profile: &str,
) -> Result<(), Error> {
    let Some(given) = given else { return Ok(()) };
    if other.is_some() || own.as_ref().is_some_and(|own| own != given) {
        return Err(Error::usage(format!(
            "{option} is not the address of profile `{profile}`: remove it, or name another profile with --profile"
        )));
    }
    *own = Some(given.clone());
    Ok(())
}

fn no_address(profile: &str) -> Error {
    Error::usage(format!(
        "the region of Genesys Cloud is missing: give --region, or set `genesys.region` of profile `{profile}`"
    ))
}

/// What became of new tokens.
struct Kept {
    /// Why they are not in the key ring, if they were to go there.
    problem: Option<String>,
    /// When the sign-in ends, if it is not renewed.
    ends: Option<String>,
}

/// Keeps new tokens, and makes the profile use them. Returns its name.
fn keep(target: Target, token: &Token, no_key_ring: bool) -> Result<(Kept, String), Error> {
    let Target { profile, mut genesys, client_id, .. } = target;
    let tokens = Tokens::issued(token, Utc::now());
    let ends = tokens.expires_at.clone().filter(|_| tokens.refresh_token.is_none());
    let _lock = profiles::lock(&profiles::lock_path(&profile)?)?;
    let problem = match no_key_ring {
        true => None,
        false => profiles::put_into_key_ring(&profile, &tokens).err(),
    };
    let is_in_key_ring = !no_key_ring && problem.is_none();
    let (kept_in, tokens) = if is_in_key_ring { (KeptIn::KeyRing, None) } else { (KeptIn::File, Some(tokens)) };
    genesys.sign_in = Some(profiles::SignIn { client_id, kept_in, tokens });
    let before = Profiles::change(|profiles| {
        let before = profiles.profiles.entry(profile.clone()).or_default().genesys.replace(genesys);
        profiles.current.get_or_insert_with(|| profile.clone());
        Ok(before.and_then(|genesys| genesys.sign_in))
    });
    let before = before?.1.filter(|sign_in| sign_in.kept_in == KeptIn::KeyRing && !is_in_key_ring);
    if let Some(before) = before {
        // Tokens of an earlier sign-in, which nothing uses any more. The key ring may be gone.
        let _ = profiles::forget(&profile, &before);
    }
    Ok((Kept { problem, ends }, profile))
}

impl Logout {
    pub(crate) fn run(self, context: &Context) -> Result<(), Error> {
        if context.global.sandbox {
            return Err(Error::usage("`logout` is about a profile and does not use --sandbox: remove it"));
        }
        if let Some(option) = context.global.given().into_iter().find(|option| *option != "--profile") {
            return Err(Error::usage(format!("`logout` does not use {option}: remove it")));
        }
        let Some((name, profile)) = context.profile()? else {
            return Err(Error::usage("there is no current profile: name one with --profile"));
        };
        let Some(sign_in) = profile.genesys.as_ref().and_then(|genesys| genesys.sign_in.as_ref()) else {
            context.hint(format_args!("no user is signed in with profile `{name}`"));
            return Ok(());
        };
        // A renewal of another process must not bring the tokens back.
        let _lock = profiles::lock(&profiles::lock_path(name)?)?;
        profiles::forget(name, sign_in)?;
        Profiles::change(|profiles| {
            let genesys = profiles.profiles.get_mut(name).and_then(|profile| profile.genesys.as_mut());
            if let Some(genesys) = genesys {
                genesys.sign_in = None;
            }
            Ok(())
        })?;
        context.hint(format_args!(
            "signed out: the tokens of profile `{name}` are removed from {}",
            sign_in.kept_in.name()
        ));
        Ok(())
    }
}
