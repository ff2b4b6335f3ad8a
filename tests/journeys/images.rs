//! Images, on a real Docker Engine.

use crate::support::images::Engine;

#[tokio::test]
async fn the_tests_own_image_runs() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let image = engine.build("LABEL story=1");
    let said = engine.docker(&["run", "--rm", "--network=none", &image.reference]);
    assert_eq!(said, "");
}
