import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { parseSymbol } from "../../src/core/mod.ts";
import type { AlertDirection, AlertKind } from "../../src/wire/mod.ts";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { Sheet } from "../shell/sheet.tsx";
import { priceText } from "../text/price.ts";
import type { AlertBook } from "./alert-book.ts";
import { type AlertDraft, askedOf, SPANS } from "./alert-draft.ts";
import { farText } from "./far-level.ts";
import { likeSymbols } from "./like-symbols.ts";
import type { AskedAlert } from "./price-alerts-later.ts";

/** Properties of the dialog. */
export interface AlertDialogProps {
  readonly page: Page;
  readonly book: AlertBook;
  readonly asked: AskedAlert;
  readonly onClose: () => void;
}

/** Makes a price alert, or changes one. */
export function AlertDialog({ page, book, asked, onClose }: AlertDialogProps): JSX.Element {
  const draft = useSignal(asked.draft);
  const isBusy = useSignal(false);
  useEffect(() => {
    void book.readDestinations();
    return () => {
      book.failure.value = "";
    };
  }, [book]);
  // What was refused, or asked about, is no longer what the dialog has.
  const isSure = useSignal(false);
  useSignalEffect(() => {
    if (draft.value === undefined) return;
    book.failure.value = "";
    isSure.value = false;
  });
  const price = priceOf(page, draft.value.symbol);
  const far = farText(draft.value, price);
  const isAsking = isSure.value && far !== undefined;
  const submit = async (): Promise<void> => {
    if (far !== undefined && !isSure.value) {
      isSure.value = true;
      return;
    }
    isBusy.value = true;
    const wanted = askedOf(draft.value, page.market.timeOf(draft.value.symbol.trim()));
    const isDone =
      asked.id === undefined
        ? await book.create(wanted)
        : await book.change(asked.id, { ...wanted, symbol: parsed(wanted.symbol), active: true });
    isBusy.value = false;
    if (isDone) onClose();
  };
  const title = asked.id === undefined ? "New price alert" : "Change price alert";
  return (
    <Sheet title={title} kind="alert-dialog" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <div class="form-line form-fields">
          <TextField draft={draft} of="symbol" label="Symbol" size={14} />
          <KindField draft={draft} />
        </div>
        <SymbolNote page={page} draft={draft} />
        <ConditionFields draft={draft} />
        <div class="form-line form-fields">
          <TextField draft={draft} of="note" label="Note, sent with the message" size={34} />
        </div>
        <div class="form-line form-fields">
          <AgainFields draft={draft} />
          <SpanField draft={draft} page={page} />
        </div>
        <DestinationField draft={draft} book={book} />
        <p class={isAsking ? "alert-note" : "unseen"} role="status">
          {isAsking ? `The level ${far}. Press again if you mean it.` : ""}
        </p>
        <p class={book.failure.value === "" ? "unseen" : "trouble"} role="alert">
          {book.failure}
        </p>
        <div class="form-line">
          <button type="submit" class="button button-main" disabled={isBusy.value}>
            {asked.id === undefined ? "Make alert" : "Save and arm"}
          </button>
        </div>
      </form>
    </Sheet>
  );
}

/** The newest price of a symbol as it was typed; undefined where there is none. */
function priceOf({ market }: Page, typed: string): number | undefined {
  return market.rows.count.value > 0 ? market.rows.get(typed.trim())?.ticker.value.price : undefined;
}

/** The price of the symbol that was typed; of what is no symbol, those whose names are like it. */
function SymbolNote({ page, draft }: FieldProps & { readonly page: Page }): JSX.Element | null {
  const { market } = page;
  const typed = draft.value.symbol.trim();
  const price = priceOf(page, typed);
  if (price !== undefined) {
    const name = market.assetName(typed);
    return (
      <p class="muted small">
        {name === undefined || name === "" ? typed : `${name}, ${typed}`}:{" "}
        {priceText(price, market.decimals(typed, price))} now
      </p>
    );
  }
  const found = typed === "" || market.info(typed) !== undefined ? [] : likeSymbols(market, typed);
  if (found.length === 0) return null;
  return (
    <p class="alert-symbols small">
      <span class="muted">Did you mean</span>
      {found.map((symbol) => (
        <button key={symbol} type="button" class="button small" onClick={() => change(draft, { symbol })}>
          {symbol}
        </button>
      ))}
    </p>
  );
}

/** The server says what is wrong with a symbol that can't be one. */
function parsed(symbol: string): ReturnType<typeof parseSymbol> {
  return symbol as ReturnType<typeof parseSymbol>;
}

interface FieldProps {
  readonly draft: Signal<AlertDraft>;
}

function change(draft: Signal<AlertDraft>, changed: Partial<AlertDraft>): void {
  draft.value = { ...draft.value, ...changed };
}

interface TextFieldProps extends FieldProps {
  readonly of: "symbol" | "level" | "percent" | "times" | "minutes" | "note" | "again";
  readonly label: string;
  readonly size: number;
}

function TextField({ draft, of, label, size }: TextFieldProps): JSX.Element {
  const isFigure = of !== "symbol" && of !== "note";
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        inputMode={isFigure ? "decimal" : "text"}
        value={draft.value[of]}
        size={size}
        autocomplete="off"
        autocapitalize={of === "symbol" ? "characters" : undefined}
        required={of !== "note"}
        onInput={({ currentTarget: { value } }) => change(draft, { [of]: value })}
      />
    </label>
  );
}

const KINDS: Readonly<Record<AlertKind, string>> = {
  level: "the price crosses a level",
  line: "the price crosses a drawn line",
  move: "the price moves by so much",
  volume: "there is unusual volume",
};

function KindField({ draft }: FieldProps): JSX.Element {
  const kinds = Object.entries(KINDS).filter(([kind]) => kind !== "line" || draft.value.line !== undefined);
  return (
    <label class="field">
      <span>Alert when</span>
      <select
        value={draft.value.kind}
        onChange={({ currentTarget: { value } }) => change(draft, { kind: value as AlertKind })}
      >
        {kinds.map(([kind, says]) => (
          <option key={kind} value={kind}>
            {says}
          </option>
        ))}
      </select>
    </label>
  );
}

function ConditionFields({ draft }: FieldProps): JSX.Element {
  switch (draft.value.kind) {
    case "level":
      return (
        <div class="form-line form-fields">
          <TextField draft={draft} of="level" label="Level" size={14} />
          <DirectionField draft={draft} words={["up or down", "upwards", "downwards"]} />
        </div>
      );
    case "line":
      return (
        <div class="form-line form-fields">
          <DirectionField draft={draft} words={["up or down", "upwards", "downwards"]} />
          <label class="field-check">
            <input
              type="checkbox"
              checked={draft.value.extended}
              onChange={({ currentTarget: { checked } }) => change(draft, { extended: checked })}
            />
            <span>The line goes on to the right</span>
          </label>
        </div>
      );
    case "move":
      return (
        <div class="form-line form-fields">
          <DirectionField draft={draft} words={["moves", "rises", "falls"]} />
          <TextField draft={draft} of="percent" label="by at least, %" size={6} />
          <TextField draft={draft} of="minutes" label="within, minutes" size={6} />
        </div>
      );
    case "volume":
      return (
        <div class="form-line form-fields">
          <TextField draft={draft} of="minutes" label="Volume of the last, minutes" size={6} />
          <TextField draft={draft} of="times" label="is at least × the average" size={6} />
        </div>
      );
  }
}

function DirectionField({ draft, words }: FieldProps & { readonly words: readonly string[] }): JSX.Element {
  return (
    <label class="field">
      <span>Direction</span>
      <select
        value={draft.value.direction}
        onChange={({ currentTarget: { value } }) => change(draft, { direction: value as AlertDirection })}
      >
        {(["either", "up", "down"] as const).map((direction, at) => (
          <option key={direction} value={direction}>
            {words[at]}
          </option>
        ))}
      </select>
    </label>
  );
}

function AgainFields({ draft }: FieldProps): JSX.Element {
  const isOnce = draft.value.again === "";
  return (
    <>
      <label class="field">
        <span>Fires</span>
        <select
          value={isOnce ? "once" : "again"}
          onChange={({ currentTarget: { value } }) => change(draft, { again: value === "once" ? "" : "60" })}
        >
          <option value="once">once</option>
          <option value="again">again and again</option>
        </select>
      </label>
      {isOnce ? null : <TextField draft={draft} of="again" label="after, minutes" size={6} />}
    </>
  );
}

function SpanField({ draft, page }: FieldProps & { readonly page: Page }): JSX.Element {
  const { expiresAt, span, again } = draft.value;
  const endless = again === "" ? "until it fires" : "with no end";
  return (
    <label class="field">
      <span>Watched</span>
      <select
        value={span}
        onChange={({ currentTarget: { value } }) => {
          const chosen = value as AlertDraft["span"];
          change(draft, { span: chosen });
        }}
      >
        {Object.entries(SPANS).map(([name, says]) => (
          <option key={name} value={name}>
            {name !== "" ? says : expiresAt !== null ? `until ${page.timeZone.text(expiresAt)}` : endless}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Who gets the message. Nothing reaches somebody without a destination while the page is closed. */
function DestinationField({ draft, book }: FieldProps & { readonly book: AlertBook }): JSX.Element | null {
  const destinations = book.destinations.value;
  if (destinations === undefined) return null;
  const messages = <a href={routeHash("traders", ["messages"])}>Messages</a>;
  const ready = destinations.filter(({ enabled, confirmed }) => enabled && confirmed);
  if (ready.length === 0)
    return (
      <p class="alert-note" role="note">
        You have no destination, so nothing will reach you while this page is closed. Add one under {messages}.
      </p>
    );
  return (
    <div class="form-line form-fields">
      <label class="field">
        <span>Send to</span>
        <select
          value={draft.value.destination}
          onChange={({ currentTarget: { value } }) => change(draft, { destination: value })}
        >
          <option value="">all destinations that take price alerts</option>
          {ready.map(({ id, name }) => (
            <option key={id} value={id}>
              {name} only
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
