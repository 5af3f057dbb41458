//! The locations that the clients of a user report.

use std::collections::BTreeMap;

use genesys_users::types::GeolocationPatch;
use rosterkit_core::Patch;
use serde_json::{Value, json};

use crate::genesys::model::details::Place;
use crate::genesys::model::user::User;
use crate::genesys::request::{body, subject};
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] =
    &[("getUserGeolocation", get), ("patchUserGeolocation", patch)];

/// The client that every sample person has used.
const BROWSER: &str = "browser";

/// The cities that coordinates are mapped to: the nearest one.
const CITIES: &[(&str, &str, &str, f64, f64)] = &[
    ("Seattle", "Washington", "US", 47.6, -122.3),
    ("Indianapolis", "Indiana", "US", 39.8, -86.2),
    ("Dublin", "Leinster", "IE", 53.3, -6.3),
    ("Frankfurt", "Hesse", "DE", 50.1, 8.7),
    ("Mumbai", "Maharashtra", "IN", 19.1, 72.9),
    ("Sydney", "New South Wales", "AU", -33.9, 151.2),
];

fn sample_place() -> Place {
    let (city, region, country, latitude, longitude) = CITIES[0];
    let text = |text: &str| Some(text.to_owned());
    let coordinates = Some((latitude, longitude));
    Place { primary: true, coordinates, city: text(city), region: text(region), country: text(country) }
}

fn places(users: &Users, user: &User<'_>) -> BTreeMap<String, Place> {
    let reported = users.details.geolocations.get(&user.index).cloned();
    let at_first = || user.person.iter().map(|_| (BROWSER.to_owned(), sample_place())).collect();
    reported.unwrap_or_else(at_first)
}

/// The location of the primary client, if there is one.
pub(crate) fn geolocation(users: &Users, user: &User<'_>) -> Option<Value> {
    let places = places(users, user);
    let (client, place) = places.iter().find(|(_, place)| place.primary)?;
    Some(shown(user, client, place))
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let user = subject(&users, call)?;
    let client = call.path("clientId");
    let mut places = places(&users, &user);
    let place = places.get_mut(client).ok_or_else(|| Error::not_found("The user has no such client."))?;
    let reply = Reply::json(&shown(&user, client, place));
    let index = user.index;
    // Coordinates are resolved after the first response, and the result is kept.
    if resolve(place) {
        let reply = users.get(index).map(|user| Reply::json(&shown(&user, client, place))).unwrap_or(reply);
        users.details.geolocations.insert(index, places);
        return Ok(reply);
    }
    Ok(reply)
}

fn patch(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: GeolocationPatch = body(call)?;
    let coordinates = coordinates(&given.latitude, &given.longitude)?;
    let named = [&given.city, &given.region, &given.country].into_iter().any(Patch::is_value);
    if coordinates.is_some() && named {
        return Err(Error::invalid("latitude", "cannot be given together with city, region or country"));
    }
    let mut users = genesys.users();
    let user = subject(&users, call)?;
    let (index, mut places, client) = (user.index, places(&users, &user), call.path("clientId"));
    if given.primary.value() == Some(&true) {
        places.values_mut().for_each(|place| place.primary = false);
    }
    let place = places.entry(client.to_owned()).or_default();
    if !given.primary.is_absent() {
        place.primary = given.primary.into_option().unwrap_or(false);
    }
    if coordinates.is_some() {
        *place = Place { primary: place.primary, coordinates, ..Place::default() };
    }
    if named {
        place.coordinates = None;
    }
    for (field, change) in
        [(&mut place.city, given.city), (&mut place.region, given.region), (&mut place.country, given.country)]
    {
        if !change.is_absent() {
            *field = change.into_option();
        }
    }
    let reply = Reply::json(&shown(&user, client, place));
    users.details.geolocations.insert(index, places);
    Ok(reply)
}

fn coordinates(latitude: &Patch<f64>, longitude: &Patch<f64>) -> Result<Option<(f64, f64)>, Error> {
    let (Some(latitude), Some(longitude)) = (latitude.value(), longitude.value()) else {
        return match (latitude.is_value(), longitude.is_value()) {
            (true, false) => Err(Error::missing("longitude")),
            (false, true) => Err(Error::missing("latitude")),
            _ => Ok(None),
        };
    };
    for (name, value, limit) in [("latitude", latitude, 90.0), ("longitude", longitude, 180.0)] {
        if !(-limit..=limit).contains(value) {
            return Err(Error::invalid(name, &format!("must be between -{limit} and {limit}")));
        }
    }
    Ok(Some((*latitude, *longitude)))
}

/// Adds city, region and country to coordinates without. Returns whether it did.
fn resolve(place: &mut Place) -> bool {
    let (Some((latitude, longitude)), None) = (place.coordinates, &place.city) else { return false };
    let distance = |city: &&(_, _, _, f64, f64)| (city.3 - latitude).powi(2) + (city.4 - longitude).powi(2);
    let nearest = CITIES.iter().min_by(|one, other| distance(one).total_cmp(&distance(other)));
    if let Some((city, region, country, ..)) = nearest {
        place.city = Some((*city).to_owned());
        place.region = Some((*region).to_owned());
        place.country = Some((*country).to_owned());
    }
    nearest.is_some()
}

fn shown(user: &User<'_>, client: &str, place: &Place) -> Value {
    let mut shown = json!({
        "id": client, "type": client, "primary": place.primary,
        "selfUri": format!("/api/v2/users/{}/geolocations/{}", user.id, crate::http::encode(client)),
    });
    for (name, text) in [("city", &place.city), ("region", &place.region), ("country", &place.country)] {
        if let Some(text) = text {
            shown[name] = json!(text);
        }
    }
    if let Some((latitude, longitude)) = place.coordinates {
        shown["latitude"] = json!(latitude);
        shown["longitude"] = json!(longitude);
    }
    shown
}
