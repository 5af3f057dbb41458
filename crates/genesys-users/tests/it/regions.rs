//! Regions by name and by host.

use genesys_users::{Client, ErrorKind, Region};

#[test]
fn the_regions_are_the_servers_of_the_spec() {
    let spec = include_str!("../../../../spec/genesys-users.yaml");
    let servers = spec.split("\nservers:\n").nth(1).and_then(|rest| rest.split("\nsecurity:").next()).expect("servers");
    let field = |name: &str| -> Vec<String> {
        servers.lines().filter_map(|line| line.split_once(name)).map(|(_, value)| value.trim().to_owned()).collect()
    };
    let spec: Vec<_> = field("description: Region").into_iter().zip(field("url:")).collect();
    let known: Vec<_> =
        Region::ALL.iter().map(|region| (region.name().to_owned(), region.api_url().to_owned())).collect();
    assert_eq!(known.len(), 18);
    assert_eq!(known, spec);
}

#[test]
fn a_region_is_parsed_from_name_domain_host_and_url() {
    for region in Region::ALL {
        let domain = region.domain();
        let spellings = [
            region.name().to_owned(),
            region.name().to_uppercase(),
            format!(" {domain} "),
            format!("api.{domain}"),
            format!("login.{domain}"),
            region.api_url().to_owned(),
            format!("{}/", region.api_url()),
            region.login_url().to_owned(),
            format!("apps.{domain}"),
            format!("{domain}/"),
            format!("api.{domain}:443"),
            format!("{}/api/v2", region.api_url()),
            format!("{}:443/api/v2/users?pageSize=1", region.api_url()),
            format!("https://apps.{domain}/directory/#/people"),
            format!("HTTPS://APPS.{}/", domain.to_uppercase()),
            format!("{}/oauth/token", region.login_url()),
        ];
        for spelling in spellings {
            assert_eq!(spelling.parse::<Region>().expect("a region"), *region, "{spelling}");
        }
        let client = Client::builder().region(region).bearer("token").build().expect("a client");
        assert_eq!(client.api().transport().base_url().trim_end_matches('/'), region.api_url());
    }
}

#[test]
fn an_unknown_region_fails_with_the_valid_names_and_not_with_what_was_given() {
    for (given, hint) in [
        ("eu-west-9", Some("`eu-west-")),
        ("mypurecloud.i", Some("`mypurecloud.ie`")),
        ("https://api.mypurecloud.dee/", Some("`mypurecloud.de`")),
        ("api.mypurecloud.i/api/v2", Some("`mypurecloud.ie`")),
        ("", None),
        ("https://", None),
        ("/", None),
        ("api.login.mypurecloud.ie.example.com", None),
        ("https://mypurecloud.ie@example.com/", None),
        ("https://example.com/mypurecloud.ie", None),
        ("http://api.mypurecloud.ie:8080", None),
        ("a secret that was set in place of the region", None),
    ] {
        let error = Client::builder().region(given).bearer("token").build().expect_err("no region");
        let shown = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(Region::ALL.iter().all(|region| shown.contains(region.name())), "{shown}");
        match hint {
            Some(hint) => assert!(shown.contains(hint), "{shown}"),
            None => assert!(!shown.contains("did you mean") && !shown.contains("secret"), "{shown}"),
        }
    }
}

#[test]
fn the_last_address_setting_applies() {
    let named = || Client::builder().bearer("token").region("eu-west-9");
    for (builder, address) in [
        (named().region("eu-west-1"), "https://api.mypurecloud.ie"),
        (named().base_url("https://api.example.com"), "https://api.example.com"),
        (named().gateway("https://gateway.example.com", "/api", "/login"), "https://gateway.example.com/api"),
    ] {
        let client = builder.build().expect("a client");
        assert_eq!(client.api().transport().base_url(), address);
    }
    let error = Client::builder().bearer("token").region("eu-west-1").region("eu-west-9").build();
    assert_eq!(error.expect_err("no region").kind(), ErrorKind::Configuration);
}
