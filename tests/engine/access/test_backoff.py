"""Wrong passwords cost time."""

from __future__ import annotations

from flowengine.access.access import Access
from flowengine.access.backoff import FOR_ADDRESS, FOR_BOTH, FOR_NAME, FORGET, MOST, Backoff
from flowengine.clock import VirtualClock
from flowengine.errors import AccessError, TooManyAttempts


def test_a_few_guesses_are_free_then_each_takes_twice_as_long(clock: VirtualClock) -> None:
    backoff = Backoff(clock)
    assert [backoff.begin("ada", "10.0.0.1") for _ in range(FOR_BOTH.free)] == [0.0] * FOR_BOTH.free
    waits = []
    for _ in range(12):
        wait = backoff.begin("ada", "10.0.0.1")
        waits.append(wait)
        clock.elapsed += wait
        assert backoff.begin("ada", "10.0.0.1") == 0.0
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == FOR_BOTH.longest


def test_who_is_made_to_wait_does_not_make_it_longer_by_asking(clock: VirtualClock) -> None:
    backoff = Backoff(clock)
    for _ in range(FOR_BOTH.free):
        backoff.begin("ada", "10.0.0.1")
    assert [backoff.begin("ada", "10.0.0.1") for _ in range(50)] == [1.0] * 50


def test_one_who_guesses_keeps_the_user_himself_out_for_seconds_only(clock: VirtualClock) -> None:
    backoff = Backoff(clock)
    for number in range(2 * FOR_NAME.free):
        clock.elapsed += backoff.begin("ada", f"10.0.{number // 250}.{number % 250}")
    assert backoff.begin("ada", "192.168.0.1") <= FOR_NAME.longest


def test_guesses_at_many_names_from_one_address_are_slowed(clock: VirtualClock) -> None:
    backoff = Backoff(clock)
    waits = [backoff.begin(f"user-{number}", "10.0.0.1") for number in range(FOR_ADDRESS.free + 1)]
    assert waits[:-1] == [0.0] * FOR_ADDRESS.free
    assert waits[-1] == 1.0
    assert backoff.begin("user-0", "10.0.0.2") == 0.0


def test_a_success_is_no_failure_and_does_not_excuse_others(clock: VirtualClock) -> None:
    backoff = Backoff(clock)
    for _ in range(3 * FOR_ADDRESS.free):
        assert backoff.begin("ada", "10.0.0.1") == 0.0
        backoff.succeeded("ada", "10.0.0.1")
    for number in range(FOR_ADDRESS.free):
        assert backoff.begin(f"user-{number}", "10.0.0.1") == 0.0
    assert backoff.begin("ada", "10.0.0.1") > 0


def test_failures_are_forgotten_after_an_hour(clock: VirtualClock) -> None:
    backoff = Backoff(clock)
    for _ in range(FOR_BOTH.free):
        backoff.begin("ada", "10.0.0.1")
    clock.elapsed += FORGET + 1
    assert [backoff.begin("ada", "10.0.0.1") for _ in range(FOR_BOTH.free)] == [0.0] * FOR_BOTH.free


def test_memory_is_bounded_however_many_names_are_tried(clock: VirtualClock) -> None:
    backoff = Backoff(clock)
    for number in range(MOST):
        backoff.begin(f"user-{number}", f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
    assert len(backoff._failures) == MOST


def test_the_right_password_is_not_looked_at_while_one_has_to_wait(access: Access, clock: VirtualClock) -> None:
    for _ in range(FOR_BOTH.free):
        assert attempt(access, "wrong horse") == "wrong-password"
    assert attempt(access, "correct horse") == "too-many-attempts"
    clock.elapsed += 1.1
    assert attempt(access, "correct horse") == ""
    assert attempt(access, "correct horse") == ""


def attempt(access: Access, password: str) -> str:
    try:
        access.sign_in("ada", password, "10.0.0.1")
    except TooManyAttempts as error:
        return error.code if error.wait > 0 else "no wait"
    except AccessError as error:
        return error.code
    return ""
