"""What Azure refuses, where that was found out, and what of it a plan would ask for.

Bicep's types know these properties, so no compiler complains: Azure does, when it is deployed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

# Properties of siteConfig that Flex Consumption answers with "BadRequest, 51021: The following list of site
# configuration properties ... for Flex Consumption sites is invalid". Older regions ignore some of them.
SITE_CONFIG = {
    "ftpsState": "github.com/Azure/azure-cli/issues/31414, the answer in full",
    "use32BitWorkerProcess": "the same answer",
    "preWarmedInstanceCount": "the same answer",
    "netFrameworkVersion": "the same answer",
    "functionsRuntimeScaleMonitoringEnabled": "the same answer",
    "linuxFxVersion": "github.com/Azure/terraform-azurerm-avm-res-web-site/issues/283",
    "functionAppScaleLimit": "github.com/Azure/azure-functions-host/issues/10643",
    "alwaysOn": "github.com/Azure/terraform-azurerm-avm-res-web-site/pull/345",
    "windowsFxVersion": "the same change",
}

# App settings that the plan takes over from; some are refused, the others do nothing.
# learn.microsoft.com/azure/azure-functions/functions-app-settings, "Flex Consumption plan deprecations".
APP_SETTINGS = {
    "ENABLE_ORYX_BUILD",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_MAX_HTTP_CONCURRENCY",
    "FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED",
    "FUNCTIONS_WORKER_PROCESS_COUNT",
    "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_WORKER_RUNTIME_VERSION",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
    "WEBSITE_CONTENTOVERVNET",
    "WEBSITE_CONTENTSHARE",
    "WEBSITE_DNS_SERVER",
    "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
    "WEBSITE_NODE_DEFAULT_VERSION",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_SKIP_CONTENTSHARE_VALIDATION",
    "WEBSITE_TIME_ZONE",
    "WEBSITE_VNET_ROUTE_ALL",
}

# "Documentation states 1 while in reality this is 40": github.com/MicrosoftDocs/azure-docs/issues/128255.
FEWEST_INSTANCES, MOST_INSTANCES = 40, 1000


def of_the_site(properties: Mapping[str, Any]) -> Iterator[str]:
    """What of a function app's properties Flex Consumption would refuse, in words."""
    refused = {name.lower() for name in SITE_CONFIG}
    for name in properties.get("siteConfig", {}):
        if name.lower() in refused:
            yield f"siteConfig.{name}"
    instances = properties["functionAppConfig"]["scaleAndConcurrency"]["maximumInstanceCount"]
    if not FEWEST_INSTANCES <= instances <= MOST_INSTANCES:
        yield f"maximumInstanceCount {instances}"


def of_the_settings(settings: Mapping[str, str]) -> Iterator[str]:
    """Which app settings do not belong to Flex Consumption."""
    yield from (name for name in settings if name.upper() in APP_SETTINGS)
