import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { JsonView } from "./json-view.tsx";
import { addressOf, type DocumentedRoute, exampleTexts } from "./open-api.ts";
import { shownAnswer } from "./shown-answer.ts";

/** Properties of the form. */
export interface TryFormProps {
  readonly route: DocumentedRoute;
  readonly apiKey: Signal<string>;
}

/** Sends a request of a route, and shows its answer. It begins with the contract's example. */
export function TryForm({ route, apiKey }: TryFormProps): JSX.Element {
  const { method, path, operation, body, headers: needed } = route;
  const { parameters } = operation;
  const answer = useSignal<{ readonly status: string; readonly text: string } | undefined>(undefined);
  const isAsking = useSignal(false);
  const examples = exampleTexts(parameters);
  const ask = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isAsking.value) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const given = new Map([...form].map(([name, text]) => [name, String(text).trim()]));
    const headers = apiKey.value === "" ? needed : { ...needed, "X-API-Key": apiKey.value };
    const address = addressOf(path, parameters, given);
    isAsking.value = true;
    answer.value = await tried(address, {
      method,
      headers,
      ...(body === undefined ? {} : { body: given.get("body") ?? "" }),
    });
    isAsking.value = false;
  };
  return (
    <details class="try">
      <summary>Try it</summary>
      <form onSubmit={ask}>
        {parameters.map(({ name, required }) => (
          <label key={name}>
            <span>
              {name}
              {required ? " (required)" : ""}
            </span>
            <input name={name} required={required} defaultValue={examples.get(name) ?? ""} autocomplete="off" />
          </label>
        ))}
        {body === undefined ? null : (
          <label class="wide">
            <span>body (required)</span>
            <textarea name="body" required rows={8} defaultValue={JSON.stringify(body.example, null, 2)} />
          </label>
        )}
        <button type="submit" aria-disabled={isAsking.value ? true : undefined}>
          {isAsking.value ? "Asking…" : `Send ${method}`}
        </button>
      </form>
      <div role="status">{answer.value === undefined ? null : <p class="status">{answer.value.status}</p>}</div>
      {answer.value === undefined || answer.value.text === "" ? null : <JsonView json={answer.value.text} />}
    </details>
  );
}

async function tried(address: string, init: RequestInit): Promise<{ status: string; text: string }> {
  try {
    const response = await fetch(address, init);
    const { status, statusText } = response;
    return {
      status: `${status} ${statusText} from ${init.method} ${address}`,
      text: shownAnswer(await response.text()),
    };
  } catch (cause) {
    return { status: `${init.method} ${address} failed: ${cause}`, text: "" };
  }
}
