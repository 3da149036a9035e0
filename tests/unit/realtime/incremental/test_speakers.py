from model.conversation import UNKNOWN_SPEAKER
from realtime.incremental.speakers import SpeakerNumbers
from realtime.incremental.state import NOBODY


def numbered(utterances, names):
    speakers = SpeakerNumbers(utterances)
    return speakers, [speakers.number(name, utterance) for utterance, name in enumerate(names)]


def test_a_name_keeps_its_number_while_it_is_remembered():
    _, (anna, ben, again, nobody, *later) = numbered(3, ["anna", "ben", "anna", UNKNOWN_SPEAKER, "anna", "ben"])

    assert anna == again == later[0]
    assert ben not in {anna, later[1]}
    assert nobody == NOBODY
    assert NOBODY not in {anna, ben, later[1]}


def test_a_number_never_stands_for_two_who_are_remembered_together():
    names = [f"guest {number % 7}" for number in range(50)]
    for utterances in (1, 3, 6, 7, 20):
        _, numbers = numbered(utterances, names)
        for end in range(utterances, len(names) + 1):
            held = range(end - utterances, end)
            assert all((numbers[a] == numbers[b]) == (names[a] == names[b]) for a in held for b in held)


def test_names_are_forgotten_with_what_they_said():
    speakers, _ = numbered(4, ["anna", *(f"guest {number}" for number in range(100))])
    assert len(speakers) == 4
    for utterance in range(101, 105):
        speakers.number(UNKNOWN_SPEAKER, utterance)
    assert len(speakers) == 0
