"""The chart, rendered by Helm over several sets of values, and judged as what the cluster would get."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.deploy.charts import ChartRefused, lint, render
from tests.deploy.tools import DEPLOY, read_yaml, tool

from aitestgen.settings import environment_names

CASES = sorted((DEPLOY / "helm/cases").glob("*.yaml"))
CUSTOM = {"ScaledObject", "TriggerAuthentication", "HTTPRoute", "ServiceMonitor"}
"""Kinds that others define: their schemas are not Kubernetes' own."""

KUBERNETES = "1.33"
PODS = {"Deployment", "Job", "Pod"}
Manifest = dict[str, Any]


@cache
def rendered(case: Path) -> tuple[Manifest, ...]:
    return tuple(render(read_yaml(case)))


def pods(manifests: tuple[Manifest, ...]) -> dict[str, Manifest]:
    """Name of the object → the pod's specification."""
    found = [(m["metadata"]["name"], m) for m in manifests if m["kind"] in PODS]
    return {name: m["spec"] if m["kind"] == "Pod" else m["spec"]["template"]["spec"] for name, m in found}


def one(manifests: tuple[Manifest, ...], kind: str, name: str) -> Manifest:
    (found,) = [m for m in manifests if (m["kind"], m["metadata"]["name"]) == (kind, name)]
    return found


def case(name: str) -> tuple[Manifest, ...]:
    return rendered(DEPLOY / f"helm/cases/{name}.yaml")


def test_helm_lint_finds_nothing() -> None:
    said = lint()
    assert said["errors"] in ([], None), said
    assert [message for message in said["messages"] or [] if message.get("severity", 0) > 1] == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_is_rendered_fits_the_schemas_of_kubernetes(path: Path) -> None:
    validator = tool("kubernetes_validate")
    own = [manifest for manifest in rendered(path) if manifest["kind"] not in CUSTOM]
    assert own
    for manifest in own:
        validator.validate(manifest, KUBERNETES, strict=True)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_no_pod_is_root_writes_its_image_or_holds_a_token_of_the_cluster(path: Path) -> None:
    found = pods(rendered(path))
    assert found
    for name, spec in found.items():
        assert (spec["automountServiceAccountToken"], spec["enableServiceLinks"]) == (False, False), name
        assert spec["securityContext"]["runAsNonRoot"] is True
        for container in spec["containers"]:
            security = container["securityContext"]
            assert (security["allowPrivilegeEscalation"], security["readOnlyRootFilesystem"]) == (False, True)
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_sandbox_may_call_nobody_not_even_dns(path: Path) -> None:
    policy = one(rendered(path), "NetworkPolicy", "demo-aitestgen-sandbox")["spec"]
    assert policy["egress"] == []
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    labels = one(rendered(path), "Deployment", "demo-aitestgen-sandbox")["spec"]["template"]["metadata"]["labels"]
    assert policy["podSelector"]["matchLabels"].items() <= labels.items()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_setting_in_a_pod_is_one_that_the_program_knows(path: Path) -> None:
    known = set(environment_names().values())
    maps = [m["data"] for m in rendered(path) if m["kind"] == "ConfigMap"]
    containers = [c for spec in pods(rendered(path)).values() for c in spec["containers"]]
    given = {item["name"] for container in containers for item in container.get("env", [])}
    assert given.union(*maps) - known == set()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_selector_picks_pods_that_are_there(path: Path) -> None:
    templates = [m["spec"]["template"] for m in rendered(path) if m["kind"] == "Deployment"]
    labels = [template["metadata"]["labels"] for template in templates]
    services = [m["spec"]["selector"] for m in rendered(path) if m["kind"] == "Service"]
    budgets = [m["spec"]["selector"]["matchLabels"] for m in rendered(path) if m["kind"] == "PodDisruptionBudget"]
    for selector in [*services, *budgets]:
        assert sum(selector.items() <= found.items() for found in labels) == 1


def test_jails_with_namespaces_get_an_unmasked_proc_and_no_filter_of_the_runtime() -> None:
    spec = pods(case("small"))["demo-aitestgen-sandbox"]
    assert spec["hostUsers"] is False
    assert spec["containers"][0]["securityContext"]["procMount"] == "Unmasked"
    assert {"name": "AITESTGEN_SANDBOX_FLOOR", "value": "B"} in spec["containers"][0]["env"]


def test_jails_without_namespaces_keep_everything_that_the_runtime_forbids() -> None:
    spec = pods(case("strict"))["demo-aitestgen-sandbox"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert "hostUsers" not in spec
    assert "procMount" not in spec["containers"][0]["securityContext"]
    assert {"name": "AITESTGEN_SANDBOX_FLOOR", "value": "C"} in spec["containers"][0]["env"]


def test_a_runtime_class_is_used_and_made_where_it_is_asked_for() -> None:
    assert pods(case("cluster"))["demo-aitestgen-sandbox"]["runtimeClassName"] == "gvisor"
    made = one(case("cluster"), "RuntimeClass", "gvisor")
    assert (made["handler"], made["scheduling"]) == ("runsc", {"nodeSelector": {"sandbox": "yes"}})
    assert [m for m in case("small") if m["kind"] == "RuntimeClass"] == []


def test_what_counts_runs_is_scraped_through_the_network_policy() -> None:
    monitor = one(case("cluster"), "ServiceMonitor", "demo-aitestgen")["spec"]["selector"]["matchLabels"]
    scraped = [
        m for m in case("cluster") if m["kind"] == "Service" and monitor.items() <= m["metadata"]["labels"].items()
    ]
    assert [service["metadata"]["name"] for service in scraped] == ["demo-aitestgen-sandbox"]
    ingress = one(case("cluster"), "NetworkPolicy", "demo-aitestgen-sandbox")["spec"]["ingress"]
    assert ingress[1]["from"] == [{"namespaceSelector": {}}]
    assert len(one(case("small"), "NetworkPolicy", "demo-aitestgen-sandbox")["spec"]["ingress"]) == 1


def test_kata_is_a_runtime_class_like_another() -> None:
    found = tuple(
        render(
            {"sandbox": {"runtimeClassName": "kata", "createRuntimeClass": {"enabled": True, "handler": "kata-qemu"}}}
        )
    )
    assert pods(found)["demo-aitestgen-sandbox"]["runtimeClassName"] == "kata"
    assert one(found, "RuntimeClass", "kata")["handler"] == "kata-qemu"


@pytest.mark.parametrize(("name", "least", "most"), [("api", 2, 4), ("sandbox", 2, 8)])
def test_an_autoscaler_sets_the_number_of_pods_and_the_deployment_does_not(name: str, least: int, most: int) -> None:
    scaler = one(case("cluster"), "HorizontalPodAutoscaler", f"demo-aitestgen-{name}")["spec"]
    assert (scaler["scaleTargetRef"]["name"], scaler["minReplicas"], scaler["maxReplicas"]) == (
        f"demo-aitestgen-{name}",
        least,
        most,
    )
    assert "replicas" not in one(case("cluster"), "Deployment", f"demo-aitestgen-{name}")["spec"]
    assert [m for m in case("small") if m["kind"] == "HorizontalPodAutoscaler"] == []


def test_a_disruption_leaves_pods_where_there_are_several() -> None:
    budgets = {
        m["metadata"]["name"]: m["spec"]["maxUnavailable"] for m in case("strict") if m["kind"] == "PodDisruptionBudget"
    }
    assert set(budgets.values()) == {"50%"}
    assert "demo-aitestgen-sandbox" in budgets


def test_workers_follow_the_length_of_the_queue() -> None:
    scaled = one(case("cluster"), "ScaledObject", "demo-aitestgen-worker")["spec"]
    assert (scaled["scaleTargetRef"]["name"], scaled["maxReplicaCount"]) == ("demo-aitestgen-worker", 20)
    assert scaled["triggers"][0]["type"] == "postgresql"
    assert "replicas" not in one(case("cluster"), "Deployment", "demo-aitestgen-worker")["spec"]


def test_a_database_is_migrated_before_an_upgrade_and_only_where_there_is_one() -> None:
    job = one(case("cluster"), "Job", "demo-aitestgen-migrate")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-upgrade"
    assert [m for name in ("small", "strict") for m in case(name) if m["kind"] == "Job"] == []


def variables(manifests: tuple[Manifest, ...], name: str) -> dict[str, str]:
    return {item["name"]: item.get("value", "") for item in pods(manifests)[name]["containers"][0]["env"]}


def test_nobody_waits_for_a_migration_that_helm_runs_only_afterwards() -> None:
    assert variables(case("cluster"), "demo-aitestgen-api")["AITESTGEN_MIGRATE"] == "at-start"
    own = tuple(render({"secret": {"existing": "ours"}, "database": {"external": True}}))
    assert variables(own, "demo-aitestgen-api")["AITESTGEN_MIGRATE"] == "by-command"
    job = one(own, "Job", "demo-aitestgen-migrate")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"


def test_where_there_are_workers_the_api_leaves_all_jobs_to_them() -> None:
    assert variables(case("cluster"), "demo-aitestgen-api")["AITESTGEN_JOBS_IN_SERVER"] == "0"
    assert "AITESTGEN_JOBS_IN_SERVER" not in variables(case("small"), "demo-aitestgen-api")


def test_without_a_database_jobs_live_on_a_volume_with_one_writer() -> None:
    api = one(case("small"), "Deployment", "demo-aitestgen-api")["spec"]
    assert (api["replicas"], api["strategy"]) == (1, {"type": "Recreate"})
    claims = [volume.get("persistentVolumeClaim") for volume in api["template"]["spec"]["volumes"]]
    assert {"claimName": "demo-aitestgen-state"} in claims


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"api": {"replicas": 2}}, "needs a database"),
        ({"worker": {"enabled": True}}, "needs a database"),
        ({"ingress": {"enabled": True}}, "ingress.host"),
        ({"gateway": {"enabled": True}}, "gateway.parent"),
        ({"sandbox": {"createRuntimeClass": {"enabled": True}}}, "runtimeClassName"),
        ({"sandbox": {"isolation": "none"}}, "isolation"),
        ({"replicas": 3}, "replicas"),
        ({"settings": {"AITESTGEN_SANDBOX_TOKEN": "x"}}, "AITESTGEN_SANDBOX_TOKEN"),
        ({"settings": {"OTEL_EXPORTER_OTLP_HEADERS": "x"}}, "OTEL_EXPORTER_OTLP_HEADERS"),
        ({"secret": {"databaseUrl": "mysql://x"}}, "databaseUrl"),
    ],
)
def test_values_that_cannot_work_are_refused_with_the_name_of_the_value(values: dict[str, Any], word: str) -> None:
    with pytest.raises(ChartRefused, match=word):
        render(values)


def test_spans_go_where_the_settings_say() -> None:
    rendered_maps = [
        m["data"]
        for m in render({"settings": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel:4318"}})
        if m["kind"] == "ConfigMap"
    ]
    assert any(data.get("OTEL_EXPORTER_OTLP_ENDPOINT") == "http://otel:4318" for data in rendered_maps)
