"""Requests made from the server's own description, and answers checked against it."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from vidner.serve import Limits, create_app

OPERATIONS = [
    ("/tag", "POST"),
    ("/health", "GET"),
    ("/setup", "POST"),
    ("/versions", "GET"),
    ("/predict", "POST"),
    ("/webhook", "POST"),
]

# Beyond a limit is 413; a labelling configuration may be a string and still be none.
REFUSED = {"expected-statuses": ["400", "405", "413", "415", "422"]}
CONFIG = schemathesis.Config.from_dict(
    {
        "checks": {"negative_data_rejection": REFUSED},
        "operations": [
            {
                "include-path": path,
                "checks": {"positive_data_acceptance": {"expected-statuses": ["200", "422"]}},
            }
            for path in ("/setup", "/predict")
        ],
    }
)


@pytest.fixture(scope="module")
def described(tiny, tmp_path_factory):
    app = create_app(
        tiny,
        limits=Limits(characters=2000, texts=20),
        webhook_log=tmp_path_factory.mktemp("schema") / "webhooks.jsonl",
    )
    return schemathesis.openapi.from_asgi("/openapi.json", app, config=CONFIG)


def test_every_operation_is_tried(described):
    paths = described.raw_schema["paths"]
    assert sorted(OPERATIONS) == sorted((p, m.upper()) for p, ms in paths.items() for m in ms)


@pytest.mark.parametrize(
    ("path", "method", "mode"),
    [(path, method, GenerationMode.POSITIVE) for path, method in OPERATIONS]
    + [(path, method, GenerationMode.NEGATIVE) for path, method in OPERATIONS if method == "POST"],
)
def test_an_operation_keeps_to_its_description(described, path, method, mode):
    @settings(
        max_examples=20,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described[path][method].as_strategy(generation_mode=mode))
    def keeps(case):
        case.call_and_validate()

    keeps()
