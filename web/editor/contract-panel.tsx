import type { JSX } from "preact";
import type { Interval } from "../../src/core/mod.ts";
import { CONTRACT, type ContractName, MEMBERS } from "./contract.ts";
import { PromptForm } from "./prompt-form.tsx";

/** The filter reference next to the editor. */
export function ContractPanel({ served }: { readonly served: readonly Interval[] }): JSX.Element {
  const of = (kinds: readonly ContractName["kind"][]): readonly ContractName[] =>
    CONTRACT.filter(({ kind }) => kinds.includes(kind));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which is to be possible from the keyboard, too
    <section class="panel-body contract" tabIndex={0} aria-label="Names that a filter can use">
      <PromptForm served={served} />
      <p>
        A filter is the body of a JavaScript function. It runs for each symbol after a close, sees closed candles only,
        and returns true or false, or <code>{"{match, facts}"}</code> to give reasons.
      </p>
      <h2>The market</h2>
      <Names names={of(["value", "function"])} />
      <p class="muted">
        Candles have {MEMBERS.candles.join(", ")}. <code>at(-1)</code> returns the newest value of a column,{" "}
        <code>at(-2)</code> the one before.
      </p>
      <h2>Indicators</h2>
      <p class="muted">
        A <em>column</em> is a column of candles, such as <code>candles("1h").close</code>, or the result of another
        indicator. The value behind = is the default.
      </p>
      <Names names={of(["indicator"])} />
      <h2>The predecessor's helpers</h2>
      <Names names={of(["helper"])} />
    </section>
  );
}

function Names({ names }: { names: readonly ContractName[] }): JSX.Element {
  return (
    <dl>
      {names.map(({ name, usage, says }) => (
        <div key={name}>
          <dt>
            <code>{usage}</code>
          </dt>
          <dd>{says}</dd>
        </div>
      ))}
    </dl>
  );
}
