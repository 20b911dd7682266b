import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import type { DestinationKind } from "../../src/wire/mod.ts";
import type { Page } from "../shell/page.ts";
import { offsetMinutes } from "../text/time-zone.ts";
import { askedOf, changeOf, type DestinationDraft, draftOf, EMPTY_DRAFT } from "./destination-draft.ts";
import { type DestinationFault, destinationFault } from "./destination-fault.ts";
import type { MessagesState } from "./messages-state.ts";
import { quietOf, quietText } from "./quiet-time.ts";

/** The kinds of destinations, as people know them. */
export const KINDS: Readonly<Record<DestinationKind, string>> = {
  telegram: "Telegram",
  discord: "Discord",
  ntfy: "ntfy",
  webhook: "Webhook",
  email: "E-mail",
};

/** The id of the text that says what is wrong. */
const FAULT = "destination-fault";

/** Fields that are folded away: those of them that are wrong are shown. */
const RULES: readonly (keyof DestinationDraft)[] = ["digestAbove", "maxPerHour", "quietFrom", "quietUntil"];

/** Makes a destination. */
export function DestinationForm({ page, state }: { page: Page; state: MessagesState }): JSX.Element {
  const draft = useSignal<DestinationDraft>(EMPTY_DRAFT);
  const isBusy = useSignal(false);
  const aheadMinutes = offsetMinutes(page.clock.now(), "local");
  const editing = state.editing.value;
  const failure = state.formFailure.value;
  const fault = failure === "" ? undefined : destinationFault(failure);
  useSignalEffect(() => {
    const { value } = state.editing;
    draft.value = value === undefined ? EMPTY_DRAFT : draftOf(value, aheadMinutes);
  });
  // What was refused is no longer what the form has.
  useSignalEffect(() => {
    if (draft.value !== undefined) state.formFailure.value = "";
  });
  const submit = async (): Promise<void> => {
    isBusy.value = true;
    if (editing !== undefined) await state.change(editing.id, changeOf(draft.value, editing, aheadMinutes));
    else if (await state.create(askedOf(draft.value, aheadMinutes)))
      draft.value = { ...EMPTY_DRAFT, kind: draft.value.kind };
    isBusy.value = false;
  };
  return (
    <form
      class="destination-form"
      aria-label={editing === undefined ? "New destination" : `Change ${editing.name}`}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <div class="form-line form-fields">
        <label class="field">
          <span>Send to</span>
          <select
            value={draft.value.kind}
            onChange={({ currentTarget: { value } }) => {
              draft.value = { ...draft.value, kind: value as DestinationKind };
            }}
          >
            {Object.entries(KINDS).map(([kind, title]) => {
              const isMissing = kind === "email" && !state.sendsMail.value;
              return (
                <option key={kind} value={kind} disabled={isMissing}>
                  {isMissing ? `${title} (needs --smtp-url)` : title}
                </option>
              );
            })}
          </select>
        </label>
        <TextField draft={draft} fault={fault} of="name" label="Name" placeholder="My phone" size={14} />
        <AddressFields draft={draft} fault={fault} isChange={editing !== undefined} />
        <TraderField draft={draft} page={page} />
      </div>
      <details open={editing !== undefined || RULES.includes(fault?.of ?? "name")}>
        <summary>When and how much</summary>
        <div class="form-line form-fields">
          <TextField draft={draft} fault={fault} of="digestAbove" label="One message above … signals" type="number" />
          <TextField draft={draft} fault={fault} of="maxPerHour" label="Messages an hour, at most" type="number" />
          <TextField draft={draft} fault={fault} of="quietFrom" label="Quiet from, your time" type="time" />
          <TextField draft={draft} fault={fault} of="quietUntil" label="until, your time" type="time" />
          <label class="field-check">
            <input
              type="checkbox"
              checked={draft.value.onChange}
              onChange={({ currentTarget: { checked } }) => {
                draft.value = { ...draft.value, onChange: checked };
              }}
            />
            <span>Leave out symbols that matched at the close before</span>
          </label>
          <label class="field-check">
            <input
              type="checkbox"
              checked={draft.value.priceAlerts}
              onChange={({ currentTarget: { checked } }) => {
                draft.value = { ...draft.value, priceAlerts: checked };
              }}
            />
            <span>Send price alerts here, too</span>
          </label>
        </div>
        <QuietNote draft={draft} aheadMinutes={aheadMinutes} />
      </details>
      <p id={FAULT} class={fault === undefined ? "unseen" : "trouble"} role="alert">
        {fault?.text}
      </p>
      <div class="form-line">
        <button type="submit" class="button button-main" disabled={isBusy.value}>
          {editing === undefined ? "Add destination" : "Save"}
        </button>
        {editing === undefined ? null : (
          <button
            type="button"
            class="button"
            onClick={() => {
              state.editing.value = undefined;
            }}
          >
            Cancel
          </button>
        )}
      </div>
    </form>
  );
}

/** What quiet hours are in UTC, in which they are kept. */
function QuietNote({
  draft,
  aheadMinutes,
}: {
  draft: Signal<DestinationDraft>;
  aheadMinutes: number;
}): JSX.Element | null {
  const quiet = quietOf(draft.value.quietFrom, draft.value.quietUntil, aheadMinutes);
  if (quiet === null || Number.isNaN(quiet.from + quiet.until)) return null;
  const moves =
    aheadMinutes === 0
      ? ""
      : " They are kept in UTC: when your clock changes to summer or winter time, they move by an hour.";
  return (
    <p class="muted small">
      Quiet from {quietText(quiet, aheadMinutes)}.{moves}
    </p>
  );
}

type TextOf = Exclude<keyof DestinationDraft, "onChange" | "priceAlerts" | "kind" | "trader">;

interface TextFieldProps {
  readonly draft: Signal<DestinationDraft>;
  readonly fault: DestinationFault | undefined;
  readonly of: TextOf;
  readonly label: string;
  readonly placeholder?: string;
  readonly type?: "text" | "number" | "time" | "password" | "email";
  readonly size?: number;
}

function TextField({ draft, fault, of, label, placeholder, type = "text", size }: TextFieldProps): JSX.Element {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type={type as "text"}
        value={draft.value[of]}
        aria-invalid={fault?.of === of}
        aria-describedby={fault?.of === of ? FAULT : undefined}
        placeholder={placeholder}
        size={size}
        autocomplete="off"
        onInput={({ currentTarget: { value } }) => {
          draft.value = { ...draft.value, [of]: value };
        }}
      />
    </label>
  );
}

/** A field of an address. */
type AddressField = Pick<TextFieldProps, "of" | "label" | "type" | "size"> & {
  /** What it looks like; none where it is a secret. */
  readonly example?: string;
};

/** The fields of an address, by its kind. */
const ADDRESS_FIELDS: Readonly<Record<DestinationKind, readonly AddressField[]>> = {
  telegram: [
    { of: "token", label: "Bot's token, from @BotFather", type: "password", size: 24 },
    { of: "chatId", label: "Chat's number, or @channel", example: "-1001234567890", size: 16 },
  ],
  discord: [{ of: "url", label: "Webhook's URL", example: "https://discord.com/api/webhooks/…", size: 40 }],
  ntfy: [
    { of: "url", label: "Topic's URL", example: "https://ntfy.sh/my-topic", size: 28 },
    { of: "token", label: "Access token, if it needs one", type: "password", size: 16 },
  ],
  email: [{ of: "to", label: "E-mail address", type: "email", example: "name@example.com", size: 28 }],
  webhook: [{ of: "url", label: "URL", example: "https://example.com/vyx", size: 40 }],
};

/** Where messages go. What was written before is never shown again; left empty, it stays. */
function AddressFields({
  draft,
  fault,
  isChange,
}: Pick<TextFieldProps, "draft" | "fault"> & { isChange: boolean }): JSX.Element {
  return (
    <>
      {ADDRESS_FIELDS[draft.value.kind].map(({ example = "", ...field }) => (
        <TextField
          key={field.of}
          draft={draft}
          fault={fault}
          placeholder={isChange ? "unchanged" : example}
          {...field}
        />
      ))}
    </>
  );
}

function TraderField({ draft, page }: { draft: Signal<DestinationDraft>; page: Page }): JSX.Element {
  return (
    <label class="field">
      <span>Signals of</span>
      <select
        value={draft.value.trader}
        onChange={({ currentTarget: { value } }) => {
          draft.value = { ...draft.value, trader: value };
        }}
      >
        <option value="">all traders</option>
        {page.traders.traders.value.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
