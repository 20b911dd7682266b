import { render } from "preact";
import { Contract } from "./contract.tsx";
import type { OpenApi } from "./open-api.ts";

const root = document.getElementById("docs");
const answer = await fetch("/openapi.json");
const contract = answer.ok ? ((await answer.json()) as OpenApi) : undefined;
if (root !== null) {
  render(
    contract === undefined ? <p>/openapi.json answers {answer.status}.</p> : <Contract contract={contract} />,
    root,
  );
}
