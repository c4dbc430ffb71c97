from datetime import date, timedelta

from labeling.rotation import current_turn

TODAY = date(2026, 6, 30)


def back(*days):
    return [TODAY - timedelta(days=day) for day in days]


def test_nobody_who_has_not_labelled_lately_is_at_it():
    assert current_turn(days=[], trained=[], today=TODAY) is None
    assert current_turn(days=back(14, 15), trained=[], today=TODAY) is None


def test_a_turn_goes_back_to_the_last_break():
    turn = current_turn(days=back(1, 10, 20, 33, 47, 60), trained=[], today=TODAY)

    assert (turn.since, turn.days, turn.is_over) == (TODAY - timedelta(days=33), 33, False)


def test_more_than_a_quarter_without_a_break_is_over():
    assert not current_turn(days=back(*range(0, 91, 10)), trained=[], today=TODAY).is_over
    assert current_turn(days=back(*range(1, 93, 10)), trained=[], today=TODAY).is_over


def test_a_training_starts_a_new_turn():
    turn = current_turn(days=back(*range(0, 200, 5)), trained=back(150, 30), today=TODAY)

    assert (turn.days, turn.is_over) == (30, False)
