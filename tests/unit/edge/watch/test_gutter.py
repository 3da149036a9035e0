from edge.watch.gutter import LANES, WIDTH, Arc, draw_gutter


def drawn(arcs, lines):
    return [text.plain for text in draw_gutter(arcs, lines)]


def arc(start, *ends):
    return Arc(start, ends, "red", ("blue",) * len(ends))


def test_an_arc_leads_from_the_words_to_the_feelings():
    assert drawn([arc(0, 3, 5)], 6) == [
        "   ╭── ",
        "   │   ",
        "   │   ",
        "   ├─▸ ",
        "   │   ",
        "   ╰─▸ ",
    ]


def test_words_that_scrolled_away_lead_in_from_above():
    assert drawn([arc(-1, 1)], 2) == ["   │   ", "   ╰─▸ "]


def test_long_arcs_run_outside_short_ones_and_crossings_show():
    assert drawn([arc(0, 5), arc(2, 3)], 6) == [
        "  ╭─── ",
        "  │    ",
        "  │╭── ",
        "  │╰─▸ ",
        "  │    ",
        "  ╰──▸ ",
    ]
    assert drawn([arc(0, 3), arc(2, 5)], 6)[2] == "  ╭┼── "


def test_more_arcs_than_lanes_are_left_out_not_drawn_wrong():
    lines = drawn([arc(start, 20 + start) for start in range(LANES + 2)], 30)
    assert all(len(line) == WIDTH for line in lines)
    assert sum("╭" in line for line in lines) == LANES


def test_an_arrowhead_has_the_colour_of_the_feeling():
    line = draw_gutter([arc(0, 1)], 2)[1]
    assert [span.style for span in line.spans if line.plain[span.start : span.end] == "▸"] == ["blue"]
