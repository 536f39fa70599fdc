from bench.figures import milliseconds, percentile, ratio, table


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(value) for value in range(1, 101)]

    assert [percentile(values, percent) for percent in (50, 95, 99, 100)] == [50.0, 95.0, 99.0, 100.0]
    assert percentile([3.0], 99) == 3.0


def test_few_samples_do_not_hide_the_slowest_one() -> None:
    assert milliseconds([0.001] * 9 + [1.0]) == ["1.0 ms", "1000.0 ms", "1000.0 ms", "1000.0 ms", "10"]


def test_a_ratio_compares_neighbours_and_tells_its_range() -> None:
    assert ratio([2.0, 40.0, 6.0], [1.0, 10.0, 2.0]) == "3.00x (2.00 to 4.00)"


def test_a_table_is_markdown() -> None:
    assert table(("what", "p50"), [["ack", "2 ms"]]) == "| what | p50  |\n| ---- | ---- |\n| ack  | 2 ms |"
