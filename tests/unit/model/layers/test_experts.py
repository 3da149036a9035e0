import torch

from model.layers.experts import Extraction, SharedTrunk


def test_an_expert_of_a_task_never_reads_another_task_on_the_last_level():
    torch.manual_seed(0)
    extraction = Extraction(width=8, levels=1, experts=1, dropout=0.0)
    emotion, cause = torch.randn(5, 8), torch.randn(5, 8)
    before = extraction(emotion, cause)
    with torch.no_grad():
        for parameter in extraction.levels[0].own[1].parameters():  # the cause task's experts
            parameter.mul_(3)
    after = extraction(emotion, cause)

    assert torch.equal(before.emotion, after.emotion)
    assert torch.equal(before.pair, after.pair)
    assert not torch.equal(before.cause, after.cause)


def test_with_two_levels_the_shared_stream_carries_one_task_to_another():
    torch.manual_seed(0)
    extraction = Extraction(width=8, levels=2, experts=2, dropout=0.0)
    emotion, cause = torch.randn(5, 8), torch.randn(5, 8)
    before = extraction(emotion, cause)
    with torch.no_grad():
        for parameter in extraction.levels[0].own[1].parameters():
            parameter.mul_(3)
    after = extraction(emotion, cause)

    assert not torch.equal(before.emotion, after.emotion)


def test_utterances_do_not_meet_in_the_extraction():
    torch.manual_seed(0)
    rows = torch.randn(2, 5, 8)
    for part in (Extraction(width=8, levels=2, experts=1, dropout=0.0), SharedTrunk(8, 0.0)):
        together = part(rows[0], rows[1])
        alone = part(rows[0, 3:4], rows[1, 3:4])
        for whole, one in zip(together, alone, strict=True):
            torch.testing.assert_close(whole[3:4], one)
