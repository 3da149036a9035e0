from edge.mqtt.backoff import Backoff


def test_waiting_doubles_up_to_a_limit_and_starts_over():
    backoff = Backoff(lambda: 1.0)
    waits = [backoff.next_s() for _ in range(10)]
    assert waits[:3] == [0.2, 0.4, 0.8]
    assert waits[-1] == 15.0
    backoff.reset()
    assert backoff.next_s() == 0.2


def test_no_two_clients_wait_alike():
    assert 0.1 <= Backoff(lambda: 0.0).next_s() < Backoff(lambda: 0.9).next_s() <= 0.2
