import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { ClientError, explain } from "../../src/client/mod.ts";
import type { ListedTrader, TraderVersion } from "../../src/wire/mod.ts";
import { lastOf, shownOf } from "../shell/latest-answer.ts";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { CloseSteps } from "./close-steps.tsx";
import { WhyAnswer } from "./why-answer.tsx";
import type { WhyFrameProps } from "./why-frame.tsx";
import type { WhyQuestion } from "./why-question.ts";
import { WhyState } from "./why-state.ts";

/** Why a filter matched at a close or not, in a panel over the screen. Escape closes it, and the focus goes back to where it was. */
export function WhyPanel({ page, question, onGoTo }: WhyFrameProps): JSX.Element | null {
  const state = useMemo(() => newState(page), [page]);
  const dialog = useRef<HTMLDialogElement>(null);
  /** The trader that is asked about a candle. */
  const traderId = useSignal(page.traders.lastAsked);
  const chosen = useComputed(() => traderChosen(page, question.value, traderId.value));
  /** What was asked last, so that a list of traders that is read again doesn't ask again. */
  const asked = useRef<{ question: WhyQuestion; id: string | undefined } | undefined>(undefined);
  useSignalEffect(() => {
    const [one, id] = [question.value, chosen.value?.id];
    if (one === undefined || (asked.current?.question === one && asked.current.id === id)) return;
    asked.current = { question: one, id };
    void state.ask(id === undefined ? one : { ...one, filter: { kind: "trader", id } });
  });
  useEffect(() => {
    if (question.peek()?.filter === undefined) void page.traders.readOnce();
    const { current } = dialog;
    current?.showModal();
    // Only the backdrop is the dialog itself.
    current?.addEventListener("click", ({ target }) => {
      if (target === current) current.close();
    });
    return () => {
      state.answer.close();
      current?.close();
    };
  }, [state]);
  const one = question.value;
  if (one === undefined) return null;
  const close = (): void => {
    question.value = undefined;
  };
  const goTo = (line: number, column: number): void => {
    // Closed first, as closing puts the focus back.
    dialog.current?.close();
    const id = one.filter === undefined ? chosen.peek()?.id : one.filter.kind === "trader" ? one.filter.id : undefined;
    if (id === undefined) onGoTo?.(line, column);
    else page.router.go(routeHash("traders", [id], { line: String(line), column: String(column) }));
  };
  return (
    <dialog class="why" ref={dialog} aria-labelledby="why-title" onClose={close}>
      <header>
        <h2 id="why-title">Why? {one.symbol}</h2>
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      <div class="apart">
        {one.filter === undefined ? (
          <TraderChoice
            traders={page.traders.traders.value}
            id={chosen.value?.id}
            onChoose={(id) => {
              page.traders.lastAsked = id;
              traderId.value = id;
            }}
          />
        ) : (
          <span>{nameOf(page, one)}</span>
        )}
        <CloseSteps
          close={lastOf(state.answer.phase.value)}
          isReady={state.answer.phase.value.kind !== "asking"}
          onStep={(by) => void state.step(by)}
        />
      </div>
      <WhyBody page={page} state={state} onGoTo={goTo} isTraderMissing={isTraderMissing(page, one)} />
    </dialog>
  );
}

function newState({ access, client, runsTraders }: Page): WhyState {
  return new WhyState({
    explain: (request, signal) => explain({ url: location.origin, apiKey: access.credential }, request, { signal }),
    trader: (id, signal) => client.traders.read(id, { signal }),
    version: (id, version, signal) => versionOf(client, id, version, signal),
    runsTraders,
  });
}

/** Undefined where it was before versions were kept, or where functions are older than that. */
async function versionOf(
  { traders }: Page["client"],
  id: string,
  version: number,
  signal: AbortSignal,
): Promise<TraderVersion | undefined> {
  try {
    const { versions } = await traders.versions(id, { cursor: String(version + 1), limit: 1, signal });
    return versions.find((one) => one.version === version);
  } catch (cause) {
    if (cause instanceof ClientError && cause.code === "not_found") return undefined;
    throw cause;
  }
}

/** The trader that is asked about a candle: the one that was chosen, or else the first one that watches the symbol. */
function traderChosen(
  { traders }: Page,
  question: WhyQuestion | undefined,
  id: string | undefined,
): ListedTrader | undefined {
  if (question === undefined || question.filter !== undefined) return undefined;
  const all = traders.traders.value;
  const watches = ({ symbols }: ListedTrader): boolean => symbols?.some((one) => one === question.symbol) !== false;
  return all.find((one) => one.id === id) ?? all.find(watches) ?? all[0];
}

function isTraderMissing({ traders }: Page, { filter }: WhyQuestion): boolean {
  return filter === undefined && traders.state.value.kind !== "loading" && traders.traders.value.length === 0;
}

function nameOf({ traders }: Page, { filter }: WhyQuestion): string {
  if (filter?.kind === "trader") return traders.get(filter.id)?.name ?? "";
  return "The filter in the editor";
}

function TraderChoice({
  traders,
  id,
  onChoose,
}: {
  traders: readonly ListedTrader[];
  id: string | undefined;
  onChoose: (id: string) => void;
}): JSX.Element {
  return (
    <label class="field-inline">
      Trader{" "}
      <select value={id} disabled={traders.length === 0} onChange={(event) => onChoose(event.currentTarget.value)}>
        {traders.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The answer, or why there is none. While another one is asked for, the one before stays. */
function WhyBody({
  page,
  state,
  isTraderMissing,
  onGoTo,
}: {
  page: Page;
  state: WhyState;
  isTraderMissing: boolean;
  onGoTo: (line: number, column: number) => void;
}): JSX.Element {
  const phase = state.answer.phase.value;
  const answer = shownOf(phase);
  if (isTraderMissing) {
    const { state: book } = page.traders;
    const text = book.value.kind === "failed" ? `The traders couldn't be loaded: ${book.value.detail}` : undefined;
    return <p class="screen-note">{text ?? "There are no traders to ask about."}</p>;
  }
  if (phase.kind === "failed") {
    return (
      <p class="trouble" role="alert">
        This can't be explained: {phase.detail}
      </p>
    );
  }
  if (answer === undefined) return <p class="screen-note">Asking …</p>;
  return (
    <div class="why-body" aria-busy={phase.kind !== "done"} data-why={phase.kind}>
      <WhyAnswer answer={answer} onGoTo={onGoTo} />
    </div>
  );
}
