//! Genesys: the stations of users, of which each has one user at most.

use genesys_users::types::{UserExpand, UserStation, UserStations};

use crate::support::genesys::{person, refusal};
use crate::support::{Services, TestResult, services};

async fn stations(services: &Services, user: &str) -> TestResult<UserStations> {
    let api = services.genesys.api();
    let stations = api.get_user_station().user_id(user).send().await?.into_inner();
    let shown = api.get_user().user_id(user).expand(vec![UserExpand::from("station")]).send().await?.into_inner();
    assert_eq!(shown.station.as_deref(), Some(&stations), "expand shows what the operation answers");
    Ok(stations)
}

fn id(station: Option<impl std::borrow::Borrow<UserStation>>) -> Option<String> {
    station.and_then(|station| station.borrow().id.clone())
}

#[tokio::test]
async fn a_station_moves_from_one_user_to_the_next() -> TestResult {
    let services = services(6).await?;
    let api = services.genesys.api();
    let (first, second) = (person(&services, 2).await?, person(&services, 3).await?);
    let before = stations(&services, &first).await?;
    let station = id(before.associated_station.as_deref()).ok_or("the first user has no station")?;
    assert_eq!(id(before.effective_station.as_deref()), Some(station.clone()));

    let take = async |user: &str| {
        api.put_user_station_associatedstation_station_id().user_id(user).station_id(&station).send().await
    };
    assert_eq!(refusal(take(&second).await)?, (400, "general.bad.request".to_owned()));
    take(&first).await?;
    api.delete_user_station_associatedstation().user_id(&first).send().await?;
    let freed = stations(&services, &first).await?;
    assert_eq!(
        (id(freed.associated_station.as_deref()), id(freed.last_associated_station.as_deref())),
        (None, Some(station.clone()))
    );
    assert_eq!(id(freed.effective_station.as_deref()), id(freed.default_station.as_deref()));

    take(&second).await?;
    assert_eq!(id(stations(&services, &second).await?.associated_station.as_deref()), Some(station.clone()));
    assert_eq!(refusal(take(&first).await)?.0, 400);
    Ok(())
}

#[tokio::test]
async fn another_station_releases_the_previous_one() -> TestResult {
    let services = services(6).await?;
    let api = services.genesys.api();
    let (first, second) = (person(&services, 2).await?, person(&services, 4).await?);
    let of = async |user: &str| -> TestResult<String> {
        Ok(id(stations(&services, user).await?.associated_station.as_deref()).ok_or("no station")?)
    };
    let (one, other) = (of(&first).await?, of(&second).await?);
    api.delete_user_station_associatedstation().user_id(&second).send().await?;
    api.put_user_station_associatedstation_station_id().user_id(&first).station_id(&other).send().await?;
    api.put_user_station_associatedstation_station_id().user_id(&second).station_id(&one).send().await?;
    assert_eq!((of(&first).await?, of(&second).await?), (other, one));
    Ok(())
}

#[tokio::test]
async fn a_default_station_has_one_user() -> TestResult {
    let services = services(6).await?;
    let api = services.genesys.api();
    let (first, second) = (person(&services, 2).await?, person(&services, 3).await?);
    let station = id(stations(&services, &first).await?.default_station.as_deref()).ok_or("no default station")?;
    let take = async |user: &str| {
        api.put_user_station_defaultstation_station_id().user_id(user).station_id(&station).send().await
    };
    assert_eq!(refusal(take(&second).await)?.0, 400);
    api.delete_user_station_defaultstation().user_id(&first).send().await?;
    assert_eq!(id(stations(&services, &first).await?.default_station.as_deref()), None);
    take(&second).await?;
    assert_eq!(id(stations(&services, &second).await?.default_station.as_deref()), Some(station));
    Ok(())
}

#[tokio::test]
async fn a_deleted_user_has_no_station() -> TestResult {
    let services = services(6).await?;
    let api = services.genesys.api();
    let (first, second) = (person(&services, 2).await?, person(&services, 3).await?);
    let station = id(stations(&services, &first).await?.associated_station.as_deref()).ok_or("no station")?;
    api.delete_user().user_id(&first).send().await?;
    assert_eq!(refusal(api.get_user_station().user_id(&first).send().await)?.0, 404);
    api.put_user_station_associatedstation_station_id().user_id(&second).station_id(&station).send().await?;
    assert_eq!(id(stations(&services, &second).await?.associated_station.as_deref()), Some(station));
    Ok(())
}

#[tokio::test]
async fn the_current_user_has_stations() -> TestResult {
    let services = services(3).await?;
    let api = services.genesys.api();
    let me = api.get_users_me().send().await?.into_inner().id.ok_or("no current user")?;
    let mine = api.get_users_stations_me().send().await?.into_inner();
    assert_eq!(mine, stations(&services, &me).await?);
    let station = id(mine.associated_station.as_deref()).ok_or("no station")?;
    api.delete_users_stations_me_associatedstation().send().await?;
    assert_eq!(id(stations(&services, &me).await?.associated_station.as_deref()), None);
    api.put_users_stations_me_associatedstation_station_id().station_id(&station).send().await?;
    assert_eq!(id(stations(&services, &me).await?.associated_station.as_deref()), Some(station));
    let unknown = api.put_users_stations_me_associatedstation_station_id().station_id("nothing").send().await;
    assert_eq!(refusal(unknown)?.0, 404);
    Ok(())
}
