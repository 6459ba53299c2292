from shared.contracts.registry import provider, providers


def test_every_provider_is_found_by_its_own_name() -> None:
    assert {"msforms", "standard"} <= set(providers())
    for name in providers():
        found = provider(name)
        assert found is not None
        assert found.name == name


def test_an_unknown_name_is_nobody() -> None:
    assert provider("MSFORMS") is None
    assert provider("") is None
