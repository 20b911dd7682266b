import { render } from "preact";
import { Contract } from "./contract.tsx";
import type { OpenApi } from "./open-api.ts";

const root = document.getElementById("docs");
const answer = await fetch("/openapi.json").catch(() => undefined);
const contract = answer?.ok === true ? ((await answer.json()) as OpenApi) : undefined;
if (root !== null) {
  const says = answer === undefined ? "can't be reached" : `answers ${answer.status}`;
  render(
    contract === undefined ? (
      <main class="failed">
        <h1>HTTP API</h1>
        <p role="alert">/openapi.json {says}. Reload this page to try again.</p>
      </main>
    ) : (
      <Contract contract={contract} />
    ),
    root,
  );
  // The routes are there only now: a link to one finds it.
  if (location.hash.length > 1) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}
