#!/usr/bin/env python3
"""Checks rendered Kubernetes manifests: each by its schema, and what they say about each other.

Usage: manifests.py RENDERED…
"""

import re
import sys

import kubernetes_validate
import yaml

# What ends the process after the drain, beside preStop and the drain itself.
MARGIN_SECONDS = 5
# Custom resources, whose schemas Kubernetes does not have.
CUSTOM_GROUPS = ("monitoring.coreos.com/",)


def main(arguments):
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    count, problems = 0, []
    for path in arguments:
        with open(path, encoding="utf-8") as file:
            resources = [resource for resource in yaml.safe_load_all(file) if resource]
        count += len(resources)
        problems += [f"{path}: {problem}" for problem in check(resources)]
    for problem in problems:
        print(f"manifests: {problem}", file=sys.stderr)
    print(f"manifests: {count} resources, {len(problems)} problems")
    return 1 if problems else 0


def check(resources):
    for resource in resources:
        if not resource["apiVersion"].startswith(CUSTOM_GROUPS):
            yield from schema_problems(resource)
    deployment = one(resources, "Deployment")
    template = deployment["spec"]["template"]
    labels, pod = template["metadata"]["labels"], template["spec"]
    container = pod["containers"][0]
    ports = {port["name"] for port in container["ports"]}
    yield from selector_problems(resources, labels)
    yield from port_problems(resources, container, ports)
    yield from time_problems(pod, container)
    yield from hardening_problems(pod, container)
    yield from monitor_problems(resources)
    for scaler in of_kind(resources, "HorizontalPodAutoscaler"):
        if scaler["spec"]["scaleTargetRef"]["name"] != deployment["metadata"]["name"]:
            yield "the autoscaler scales no deployment"
        if "replicas" in deployment["spec"]:
            yield "the deployment and the autoscaler both say how many replicas there are"


def schema_problems(resource):
    try:
        kubernetes_validate.validate(resource, kubernetes_validate.latest_version(), strict=True)
    except kubernetes_validate.ValidationError as error:
        yield f"{resource['kind']}: {error.message}"


def selector_problems(resources, labels):
    selectors = [("Service", resource["spec"]["selector"])
                 for resource in of_kind(resources, "Service")]
    selectors += [(kind, resource["spec"]["selector"]["matchLabels"])
                  for kind in ("Deployment", "PodDisruptionBudget")
                  for resource in of_kind(resources, kind)]
    selectors += [("NetworkPolicy", resource["spec"]["podSelector"]["matchLabels"])
                  for resource in of_kind(resources, "NetworkPolicy")]
    for kind, selector in selectors:
        if not selector.items() <= labels.items():
            yield f"{kind} selects {selector}, and the pods have {labels}"


def port_problems(resources, container, ports):
    for resource in of_kind(resources, "Service"):
        for port in resource["spec"]["ports"]:
            if port["targetPort"] not in ports:
                yield f"Service leads to {port['targetPort']}, and the pods have {sorted(ports)}"
    for policy in of_kind(resources, "NetworkPolicy"):
        for rule in policy["spec"]["ingress"]:
            for port in rule["ports"]:
                if port["port"] not in ports:
                    yield f"NetworkPolicy allows {port['port']}, and the pods have {sorted(ports)}"
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        if container[probe]["httpGet"]["port"] not in ports:
            yield f"{probe} asks a port that is none of {sorted(ports)}"


def time_problems(pod, container):
    """preStop and the drain must fit into what Kubernetes waits before it kills."""
    wait = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    drain = int(re.search(r"--drain-grace=(\d+)s", " ".join(container["args"])).group(1))
    if pod["terminationGracePeriodSeconds"] < wait + drain + MARGIN_SECONDS:
        yield f"{wait} s of preStop and {drain} s of drain do not fit into the grace period"
    # The endpoint must be gone before SIGTERM makes it refuse.
    if wait < container["readinessProbe"]["periodSeconds"]:
        yield "preStop is shorter than the period of the readiness probe"


def hardening_problems(pod, container):
    context = container["securityContext"]
    expected = {
        "runAsNonRoot": pod["securityContext"].get("runAsNonRoot") is True,
        "seccompProfile": "seccompProfile" in pod["securityContext"],
        "no service account": pod.get("automountServiceAccountToken") is False,
        "readOnlyRootFilesystem": context.get("readOnlyRootFilesystem") is True,
        "allowPrivilegeEscalation": context.get("allowPrivilegeEscalation") is False,
        "no capabilities": context["capabilities"] == {"drop": ["ALL"]},
        "a limit of memory": "memory" in container["resources"]["limits"],
    }
    yield from (f"the pods lack: {name}" for name, is_there in expected.items() if not is_there)


def monitor_problems(resources):
    for monitor in of_kind(resources, "ServiceMonitor"):
        selector = monitor["spec"]["selector"]["matchLabels"]
        services = [service for service in of_kind(resources, "Service")
                    if selector.items() <= service["metadata"]["labels"].items()]
        if len(services) != 1:
            yield f"expected ServiceMonitor to select one service, got {len(services)}"
        names = {port["name"] for service in services for port in service["spec"]["ports"]}
        for endpoint in monitor["spec"]["endpoints"]:
            if endpoint["port"] not in names:
                yield f"ServiceMonitor scrapes {endpoint['port']}, which is none of {sorted(names)}"


def of_kind(resources, kind):
    return [resource for resource in resources if resource["kind"] == kind]


def one(resources, kind):
    found = of_kind(resources, kind)
    if len(found) != 1:
        raise SystemExit(f"manifests: expected one {kind}, got {len(found)}")
    return found[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
