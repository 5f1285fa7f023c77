"""Cloud audit logs: recognised, and with the names that SigmaHQ's rules use."""

from __future__ import annotations

import json
from typing import Any

import pytest

from codedark.events.record import Origin
from codedark.ingest.shapes import normalise

GRAPH_SIGN_IN = {
    "id": "1",
    "createdDateTime": "2025-01-01T00:00:00Z",
    "userPrincipalName": "anna@ward.example",
    "appDisplayName": "Portal",
    "ipAddress": "10.0.0.1",
    "clientAppUsed": "IMAP",
    "conditionalAccessStatus": "success",
    "authenticationRequirement": "singleFactorAuthentication",
    "authenticationProtocol": "deviceCode",
    "resourceDisplayName": "Device Registration Service",
    "riskState": "atRisk",
    "status": {
        "errorCode": 50053,
        "failureReason": "Locked",
        "additionalDetails": "MFA denied; user declined",
    },
    "deviceDetail": {"deviceId": "", "isCompliant": False, "trustType": ""},
    "networkLocationDetails": [],
}
MONITOR_SIGN_IN = {
    "time": "2025-01-01T00:00:00Z",
    "resourceId": "/tenants/x",
    "operationName": "Sign-in activity",
    "category": "SignInLogs",
    "resultType": "50053",
    "resultDescription": "Locked",
    "properties": GRAPH_SIGN_IN,
}
TABLE_SIGN_IN = {
    "TimeGenerated": "2025-01-01T00:00:00Z",
    "Type": "SigninLogs",
    "Category": "SignInLogs",
    **{
        name[0].upper() + name[1:]: json.dumps(v) if isinstance(v, dict | list) else v
        for name, v in GRAPH_SIGN_IN.items()
    },
    "ResultType": "50053",
    "ResultDescription": "Locked",
}


@pytest.mark.parametrize("shape", [GRAPH_SIGN_IN, MONITOR_SIGN_IN, TABLE_SIGN_IN], ids=["graph", "monitor", "table"])
def test_sign_ins_have_the_names_of_the_rules(shape: dict[str, Any]) -> None:
    origin, record = normalise(shape)
    assert origin == Origin("azure", "signinlogs")
    assert str(record["ResultType"]) == "50053"
    expected = {
        "ResultDescription": "Locked",
        "Resultdescription": "Locked",
        "AuthenticationRequirement": "singleFactorAuthentication",
        "conditionalAccessStatus": "success",
        "RiskState": "atRisk",
        "ResourceDisplayName": "Device Registration Service",
        "DeviceDetail.trusttype": "",
        "DeviceDetail.deviceId": "",
        "DeviceDetail.isCompliant": "false",
        "NetworkLocationDetails": "[]",
        "ClientApp": "IMAP",
        "Username": "anna@ward.example",
        "ActivityDetails": "Sign-ins",
        "properties.message": "Device Code",
        "userPrincipalName": "anna@ward.example",
    }
    assert {name: record.get(name) for name in expected} == expected
    status = record["Status"]
    assert isinstance(status, tuple)
    assert {"Failure", "Locked", "MFA denied; user declined"} <= set(status)


def test_a_sign_in_that_worked() -> None:
    _, record = normalise({**GRAPH_SIGN_IN, "status": {"errorCode": 0, "failureReason": None}})
    assert record["Status"] == "Success"
    assert record["ResultType"] == 0


DIRECTORY_AUDIT = {
    "activityDisplayName": "Add member to role",
    "category": "RoleManagement",
    "loggedByService": "Core Directory",
    "result": "success",
    "resultReason": "",
    "initiatedBy": {"user": {"userPrincipalName": "anna@ward.example"}},
    "additionalDetails": [{"key": "additionalInfo", "value": "Successfully recovered local credential by device id"}],
    "targetResources": [
        {
            "type": "Role",
            "displayName": "Administrators",
            "modifiedProperties": [
                {"displayName": "Role.TemplateId", "newValue": '"62e90394-69f5"'},
                {"displayName": "ConsentContext.IsAdminConsent", "newValue": '"False"'},
            ],
        }
    ],
}


@pytest.mark.parametrize(
    "shape",
    [
        DIRECTORY_AUDIT,
        {
            "category": "AuditLogs",
            "operationName": "Add member to role",
            "resourceId": "x",
            "properties": DIRECTORY_AUDIT,
        },
        {
            "TimeGenerated": "t",
            "Type": "AuditLogs",
            "OperationName": "Add member to role",
            **{
                name[0].upper() + name[1:]: json.dumps(v) if isinstance(v, dict | list) else v
                for name, v in DIRECTORY_AUDIT.items()
            },
        },
    ],
    ids=["graph", "monitor", "table"],
)
def test_directory_audits_have_the_names_of_the_rules(shape: dict[str, Any]) -> None:
    origin, record = normalise(shape)
    assert origin == Origin("azure", "auditlogs")
    for name in (
        "operationName",
        "OperationName",
        "ActivityDisplayName",
        "properties.message",
        "activityType",
    ):
        assert record[name] == "Add member to role", name
    assert "RoleManagement" in str(record["Category"])
    assert "RoleManagement" in str(record["category"])
    assert record["LoggedByService"] == "Core Directory"
    assert record["properties.result"] == record["Status"] == "success"
    assert record["ConsentContext.IsAdminConsent"] == "False"
    assert record["targetResources.type"] == ("Role",)
    assert record["additionalDetails.additionalInfo"] == "Successfully recovered local credential by device id"
    assert "Administrators" in str(record["properties.targetResources"])
    assert "62e90394-69f5" in str(record["TargetResources"])
    assert "62e90394-69f5" in str(record["TargetResources.modifiedProperties.newValue"])
    assert "Role.TemplateId" in record["TargetResources.ModifiedProperties.DisplayName"]  # type: ignore[operator]


def test_azure_activity() -> None:
    event = {
        "caller": "a",
        "operationName": {"value": "MICROSOFT.KEYVAULT/VAULTS/WRITE", "localizedValue": "Update"},
        "category": {"value": "Administrative"},
        "resourceId": "/subscriptions/1",
    }
    origin, record = normalise(event)
    assert origin == Origin("azure", "activitylogs")
    assert record["operationName"] == record["OperationNameValue"] == "MICROSOFT.KEYVAULT/VAULTS/WRITE"
    assert record["CategoryValue"] == "Administrative"
    assert record["ResourceId"] == "/subscriptions/1"


def test_azure_risk() -> None:
    assert normalise({"riskEventType": "unlikelyTravel", "userPrincipalName": "a"})[0] == Origin(
        "azure", "riskdetection"
    )
    monitor = {
        "category": "UserRiskEvents",
        "operationName": "x",
        "properties": {"riskEventType": "passwordSpray"},
    }
    origin, record = normalise(monitor)
    assert (origin.service, record["riskEventType"]) == ("riskdetection", "passwordSpray")
    origin, record = normalise({"@odata.type": "#microsoft.graph.staleSignInAlertIncident", "id": "1"})
    assert (origin.service, record["riskEventType"]) == ("pim", "staleSignInAlertIncident")


UNIFIED = {
    "Operation": "UserLoggedIn",
    "Workload": "AzureActiveDirectory",
    "RecordType": 15,
    "UserId": "a",
    "ResultStatus": "Success",
}


@pytest.mark.parametrize("form", ["plain", "text", "object"])
def test_unified_audit(form: str) -> None:
    inner: dict[str, Any] = {**UNIFIED, "ExtendedProperties": [{"Name": "RequestType", "Value": "Cmsi:Cmsi"}]}
    outer: dict[str, Any] = {"CreationDate": "d", "UserIds": "a"}
    shapes = {
        "plain": inner,
        "text": {**outer, "AuditData": json.dumps(inner)},
        "object": {**outer, "AuditData": inner},
    }
    origin, record = normalise(shapes[form])
    assert origin == Origin("m365", "audit")
    assert (record["Operation"], record["RequestType"], record["status"]) == (
        "UserLoggedIn",
        "Cmsi:Cmsi",
        "success",
    )


def test_unified_audit_services() -> None:
    origin, record = normalise(
        {**UNIFIED, "Workload": "Exchange", "Parameters": [{"Name": "ForwardTo", "Value": "x@evil.example"}]}
    )
    assert origin.service == "exchange"
    assert "x@evil.example" in str(record["Parameters"])
    alert = {
        **UNIFIED,
        "Workload": "SecurityComplianceCenter",
        "Operation": "AlertTriggered",
        "Name": "Impossible travel activity",
    }
    origin, record = normalise(alert)
    assert origin.service == "threat_management"
    assert (record["eventSource"], record["eventName"]) == (
        "SecurityComplianceCenter",
        "Impossible travel activity",
    )


def test_cloudtrail() -> None:
    origin, record = normalise(
        {
            "eventVersion": "1.08",
            "eventSource": "s3.amazonaws.com",
            "eventName": "PutBucketVersioning",
            "awsRegion": "eu-west-1",
            "userIdentity": {"type": "Root"},
            "requestParameters": {"VersioningConfiguration": {"Status": "Suspended"}},
            "responseElements": None,
        }
    )
    assert origin == Origin("aws", "cloudtrail")
    assert record["userIdentity.type"] == "Root"
    assert record["requestParameters"] == '{"VersioningConfiguration":{"Status":"Suspended"}}'
    assert record["requestParameters.VersioningConfiguration.Status"] == "Suspended"
    assert record["responseElements"] is None


def test_gcp_and_workspace() -> None:
    entry = {
        "logName": "projects/p/logs/cloudaudit.googleapis.com%2Factivity",
        "resource": {"type": "k8s_cluster"},
        "protoPayload": {
            "methodName": "storage.buckets.delete",
            "serviceName": "storage.googleapis.com",
            "authorizationInfo": [{"permission": "p1", "granted": True}],
        },
    }
    for shape in (entry, {"data": entry}):
        origin, record = normalise(shape)
        assert origin == Origin("gcp", "gcp.audit")
        assert record["gcp.audit.method_name"] == "storage.buckets.delete"
        assert record["data.protoPayload.resource.type"] == "k8s_cluster"
        assert record["data.protoPayload.logName"] == "cloudaudit.googleapis.com%2Factivity"
        assert record["data.protoPayload.authorizationInfo.granted"] == ("true",)
    event = {
        "eventName": "CHANGE_APPLICATION_SETTING",
        "parameter": [{"name": "SETTING_NAME", "value": "ContextAwareAccess"}],
    }
    origin, record = normalise(
        {"protoPayload": {"serviceName": "admin.googleapis.com", "metadata": {"event": [event]}}}
    )
    assert origin == Origin("gcp", "google_workspace.admin")
    assert record["eventService"] == "admin.googleapis.com"
    assert record["eventName"] == ("CHANGE_APPLICATION_SETTING",)
    assert record["setting_name"] == "ContextAwareAccess"


@pytest.mark.parametrize(
    ("event", "origin", "field"),
    [
        (
            {"eventType": "user.session.start", "displayMessage": "d", "securityContext": {"isProxy": True}},
            Origin("okta", "okta"),
            ("securityContext.isProxy", "true"),
        ),
        (
            {"action": "repo.destroy", "actor": "a", "_document_id": "x"},
            Origin("github", "audit"),
            ("action", "repo.destroy"),
        ),
        (
            {"auditID": "1", "verb": "create", "objectRef": {"resource": "jobs", "apiGroup": "batch"}},
            Origin("kubernetes", "audit"),
            ("apiGroup", "batch"),
        ),
    ],
)
def test_others(event: dict[str, Any], origin: Origin, field: tuple[str, Any]) -> None:
    found, record = normalise(event)
    assert found == origin
    assert record[field[0]] == field[1]
