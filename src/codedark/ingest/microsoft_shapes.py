"""Microsoft's cloud logs: Entra sign-ins and audit, Azure activity, Microsoft 365's unified audit log.

SigmaHQ's rules name the same thing now as Log Analytics does (``ResultType``), now as the Graph API
(``conditionalAccessStatus``), now as the portal shows it (``Status``). So each service has a table of the
names that its rules use (all of ``rules/cloud``, counted) and the names in the Graph API that they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from codedark.events.record import Origin, Record
from codedark.ingest.flatten import add, add_names, add_texts, embedded, flatten, join, json_text, pairs

Shape = tuple[Origin, Record]
Names = Mapping[str, tuple[str, ...]]

_SIGN_IN: Final[Names] = {
    "ResultType": ("resultType", "status.errorCode"),
    "ResultDescription": ("resultDescription", "status.failureReason"),
    "Resultdescription": ("resultDescription", "status.failureReason"),
    "status.errorCode": ("resultType",),
    "status.failureReason": ("resultDescription",),
    "AuthenticationRequirement": ("authenticationRequirement",),
    "RiskState": ("riskState",),
    "ResourceDisplayName": ("resourceDisplayName",),
    "DeviceDetail.trusttype": ("deviceDetail.trustType",),
    "DeviceDetail.deviceId": ("deviceDetail.deviceId",),
    "DeviceDetail.isCompliant": ("deviceDetail.isCompliant",),
    "ClientApp": ("clientAppUsed",),
    "Username": ("userPrincipalName",),
}
_DIRECTORY_AUDIT: Final[Names] = {
    "activityDisplayName": ("operationName",),
    "operationName": ("activityDisplayName",),
    "OperationName": ("activityDisplayName", "operationName"),
    "ActivityDisplayName": ("activityDisplayName", "operationName"),
    "properties.message": ("activityDisplayName", "operationName"),
    "activityType": ("activityDisplayName", "operationName"),
    "ActivityType": ("activityDisplayName", "operationName"),
    "Category": ("category",),
    "LoggedByService": ("loggedByService",),
    "properties.result": ("result",),
    "failure_status_reason": ("resultReason",),
    "Initiatedby": ("initiatedBy.user.userPrincipalName",),
    "Target": ("targetResources.userPrincipalName",),
    "TargetResources.ModifiedProperties.DisplayName": ("targetResources.modifiedProperties.displayName",),
    "TargetResources.ModifiedProperties.NewValue": ("targetResources.modifiedProperties.newValue",),
    "TargetResources.modifiedProperties.newValue": ("targetResources.modifiedProperties.newValue",),
}
_ACTIVITY: Final[Names] = {
    "operationName": ("operationName.value", "operationNameValue"),
    "OperationNameValue": ("operationName.value", "operationNameValue", "operationName"),
    "CategoryValue": ("category.value", "categoryValue", "category"),
    "category": ("categoryValue", "category.value"),
    "ResourceId": ("resourceId", "_ResourceId"),
    "resourceId": ("_ResourceId",),
    "ResourceProviderValue": ("resourceProviderName.value", "resourceProviderValue", "resourceProvider"),
}
_RISK: Final[Names] = {"riskEventType": ("riskType",)}

_AZURE_SERVICES: Final[Mapping[str, str]] = {
    "signinlogs": "signinlogs",
    "noninteractiveusersigninlogs": "signinlogs",
    "serviceprincipalsigninlogs": "signinlogs",
    "managedidentitysigninlogs": "signinlogs",
    "adfssigninlogs": "signinlogs",
    "aadnoninteractiveusersigninlogs": "signinlogs",
    "aadserviceprincipalsigninlogs": "signinlogs",
    "aadmanagedidentitysigninlogs": "signinlogs",
    "auditlogs": "auditlogs",
    "userriskevents": "riskdetection",
    "aaduserriskevents": "riskdetection",
    "serviceprincipalriskevents": "riskdetection",
    "azureactivity": "activitylogs",
    "administrative": "activitylogs",
    "security": "activitylogs",
    "servicehealth": "activitylogs",
    "resourcehealth": "activitylogs",
    "alert": "activitylogs",
    "autoscale": "activitylogs",
    "recommendation": "activitylogs",
    "policy": "activitylogs",
}
"""Azure Monitor's categories and Log Analytics' tables."""
_AZURE_NAMES: Final[Mapping[str, Names]] = {
    "signinlogs": _SIGN_IN,
    "auditlogs": _DIRECTORY_AUDIT,
    "activitylogs": _ACTIVITY,
    "riskdetection": _RISK,
    "pim": _RISK,
}
_PROTOCOL_MESSAGES: Final = {"deviceCode": "Device Code", "ropc": "ROPC"}

_M365_SERVICES: Final = {"exchange": "exchange", "securitycompliancecenter": "threat_management"}
_SUCCESS: Final = frozenset({"success", "succeeded", "true"})
_M365_TEXTS: Final = ("Parameters", "OperationProperties", "ExtendedProperties", "ModifiedProperties")


def azure(obj: Mapping[str, Any]) -> Shape | None:
    """Entra and Azure logs; None for anything else.

    They come as Graph API objects, Azure Monitor exports and Log Analytics rows. All get the names of the
    Graph API, members of ``properties`` included, and then those that the rules use.
    """
    service = _azure_service(obj)
    if not service:
        return None
    body = {name: _opened(value) for name, value in obj.items()}
    properties = body.get("properties")
    record = flatten(body)
    if type(properties) is dict:
        for name, value in properties.items():
            add(record, name, value)
        body = {**body, **properties}
    for name in [name for name in record if name[:1].isupper()]:
        record.setdefault(name[0].lower() + name[1:], record[name])
    body = {**{name[:1].lower() + name[1:]: value for name, value in body.items()}, **body}
    add_names(record, _AZURE_NAMES[service])
    if service == "signinlogs":
        _finish_sign_in(record, body)
    elif service == "auditlogs":
        _finish_directory_audit(record, body)
    elif service == "pim":
        record.setdefault("riskEventType", str(obj.get("@odata.type", "")).rpartition(".")[2])
    return Origin("azure", service), record


def m365(obj: Mapping[str, Any]) -> Shape | None:
    """A record of Microsoft 365's unified audit log, also within AuditData; None for anything else."""
    audit = obj.get("AuditData", obj.get("auditData"))
    if type(audit) is str:
        audit = embedded(audit)
    if type(audit) is dict and "Operation" in audit:
        obj = {**obj, **audit}
    elif "Operation" not in obj or not ("Workload" in obj or "RecordType" in obj):
        return None
    record = flatten(obj)
    for pair in pairs(obj.get("ExtendedProperties"), "Name", "Value"):
        record.setdefault(*pair)
    add_texts(record, obj, _M365_TEXTS)
    workload = str(obj.get("Workload", ""))
    service = _M365_SERVICES.get(workload.lower(), "audit")
    record.setdefault("eventSource", workload)
    alert = obj.get("Name") if service == "threat_management" else None
    record.setdefault("eventName", alert if type(alert) is str else str(obj.get("Operation", "")))
    if "Parameters" in record:
        record.setdefault("Payload", record["Parameters"])
    status = obj.get("ResultStatus")
    if type(status) is str:
        record.setdefault("status", "success" if status.lower() in _SUCCESS else status)
    return Origin("m365", service), record


def _azure_service(obj: Mapping[str, Any]) -> str:
    category = obj.get("category", obj.get("Category", ""))
    if type(category) is dict:
        category = category.get("value", "")
    if "userPrincipalName" in obj and ("appDisplayName" in obj or "status" in obj) and "riskEventType" not in obj:
        return "signinlogs"
    if "activityDisplayName" in obj and ("initiatedBy" in obj or "targetResources" in obj):
        return "auditlogs"
    if str(obj.get("@odata.type", "")).endswith(("AlertIncident", "AlertConfiguration")):
        return "pim"
    if "riskEventType" in obj or "RiskEventType" in obj:
        kind = str(obj.get("riskEventType", obj.get("RiskEventType")))
        return "pim" if kind.endswith(("AlertIncident", "AlertConfiguration")) else "riskdetection"
    table = obj.get("Type", obj.get("type", ""))
    if type(table) is str and table.lower() in _AZURE_SERVICES and "TimeGenerated" in obj:
        return _AZURE_SERVICES[table.lower()]
    if "operationName" in obj and ("resourceId" in obj or "properties" in obj or "caller" in obj):
        return _AZURE_SERVICES.get(str(category).lower(), "activitylogs" if "caller" in obj else "")
    if "OperationNameValue" in obj:
        return "activitylogs"
    if "OperationName" in obj and ("InitiatedBy" in obj or "TargetResources" in obj or "LoggedByService" in obj):
        return "auditlogs"
    return "signinlogs" if "ResultType" in obj and "UserPrincipalName" in obj else ""


def _finish_sign_in(record: Record, body: Mapping[str, Any]) -> None:
    """Status as the portal shows it (verdict, reason, details), and the rest that rules ask for."""
    code = record.get("ResultType")
    if code is not None:
        join(record, "Status", "Success" if code in {0, "0"} else "Failure")
    for name in ("status.failureReason", "status.additionalDetails"):
        if record.get(name) is not None:
            join(record, "Status", record[name])
    record.setdefault("ActivityDetails", "Sign-ins")
    networks = body.get("networkLocationDetails")
    if networks is not None:
        record["NetworkLocationDetails"] = json_text(networks)
    protocol = body.get("authenticationProtocol")
    if type(protocol) is str and protocol in _PROTOCOL_MESSAGES:
        join(record, "properties.message", _PROTOCOL_MESSAGES[protocol])


def _finish_directory_audit(record: Record, body: Mapping[str, Any]) -> None:
    """The outcome as Status, and targets as the text and the pairs that rules look for."""
    for name in ("result", "resultReason"):
        if record.get(name):
            join(record, "Status", record[name])
    for key, value in pairs(body.get("additionalDetails"), "key", "value"):
        join(record, f"additionalDetails.{key}", value)
    targets = body.get("targetResources")
    if type(targets) is not list:
        return
    for name in ("TargetResources", "properties.targetResources"):
        join(record, name, json_text(targets))
    changes = [target.get("modifiedProperties") for target in targets if type(target) is dict]
    record.setdefault("TargetResources.modifiedProperties", tuple(json_text(change) for change in changes))
    for change in changes:
        for name, value in pairs(change, "displayName", "newValue"):
            if "." in name:
                join(record, name, value.strip('"'))


def _opened(value: Any) -> Any:
    """A column of Log Analytics that holds JSON text, as what it holds; anything else as it is."""
    inner = embedded(value) if type(value) is str and value[:1] in {"{", "["} else None
    return value if inner is None else inner
