import { type Signal as Live, signal } from "@preact/signals";
import type { Signal } from "../../src/wire/mod.ts";
import { routeHash } from "../shell/route.ts";
import { keepText, type PageStorage } from "../shell/storage.ts";
import { factsText } from "../text/facts.ts";
import type { TraderBook } from "../traders/trader-book.ts";
import { type NotifyFault, notifyFaultText } from "./permission-words.ts";
import type { SignalFeed } from "./signal-feed.ts";

/** Sounds and notifications of one kind aren't given more often, in milliseconds: a filter may match for a hundred symbols at once. */
const NOT_AGAIN_WITHIN_MS = 2_000;

/** The sound: two short tones, in Hz, and how long each is, in seconds. */
const TONES = [660, 880] as const;
const TONE_SECONDS = 0.09;

/** Dependencies of the alerts. */
export interface SignalAlertsParts {
  readonly feed: Pick<SignalFeed, "listen">;
  readonly traders: TraderBook;
  readonly storage: PageStorage;
  readonly now: () => number;
}

/** Something that is announced. */
export interface Announcement {
  readonly title: string;
  readonly body: string;
  /** The place of the page that a click on the notification leads to. */
  readonly hash: string;
  /** Its kind: a later notification of the same kind takes its place. */
  readonly tag: "vyx-signal" | "vyx-alert";
}

/** Announces signals and price alerts by sound and by system notifications, if the user has turned them on. */
export class SignalAlerts {
  readonly sound: Live<boolean>;
  readonly notifications: Live<boolean>;
  /** The reason why notifications can't be turned on, in words. */
  readonly note: Live<string> = signal("");
  readonly #parts: SignalAlertsParts;
  #context: AudioContext | undefined;
  /** When each kind was announced last, and how many have been left out since. */
  readonly #last: Map<Announcement["tag"], { readonly at: number; unseen: number }> = new Map();
  #isWatching = false;

  constructor(parts: SignalAlertsParts) {
    this.#parts = parts;
    this.sound = signal(parts.storage.getItem("vyx.sound") === "on");
    const isWanted = parts.storage.getItem("vyx.notifications") === "on";
    this.notifications = signal(isWanted && isAllowed());
    // They were on, and the browser has blocked them since.
    if (isWanted && !isAllowed()) this.#explain(faultNow() ?? "unanswered");
    parts.feed.listen((news) => {
      if ("signal" in news) this.announce(this.#announcementOf(news.signal));
    });
  }

  /** Switches the sound, and plays it once to show what it is. */
  switchSound(): void {
    this.sound.value = !this.sound.peek();
    keepText(this.#parts.storage, "vyx.sound", this.sound.peek() ? "on" : "off");
    if (this.sound.peek()) this.#play();
  }

  /** Switches notifications; the browser asks the person when it hasn't yet. */
  async switchNotifications(): Promise<void> {
    this.note.value = "";
    let isOn = !this.notifications.peek();
    if (isOn) {
      const fault = faultNow() ?? (await asked());
      if (fault !== undefined) this.#explain(fault);
      isOn = fault === undefined;
    }
    this.notifications.value = isOn;
    keepText(this.#parts.storage, "vyx.notifications", isOn ? "on" : "off");
  }

  /** Says why there are no notifications. If the user allows them in the browser's settings, they are switched on. */
  #explain(fault: NotifyFault): void {
    this.note.value = notifyFaultText(fault);
    if (fault !== "blocked" || this.#isWatching) return;
    this.#isWatching = true;
    void watchPermission(() => {
      if (!isAllowed()) return;
      this.note.value = "";
      this.notifications.value = true;
      keepText(this.#parts.storage, "vyx.notifications", "on");
    });
  }

  /** Gives a sound and a notification, at most one of a kind every two seconds: signals don't keep a price alert from being announced. */
  announce(one: Announcement): void {
    if (!this.sound.peek() && !this.notifications.peek()) return;
    const now = this.#parts.now();
    const last = this.#last.get(one.tag);
    if (last !== undefined && now - last.at < NOT_AGAIN_WITHIN_MS) {
      last.unseen += 1;
      return;
    }
    this.#last.set(one.tag, { at: now, unseen: 0 });
    const others = last?.unseen ?? 0;
    // A browser plays nothing, and complains, before somebody has touched the page.
    if (this.sound.peek() && navigator.userActivation?.hasBeenActive !== false) this.#play();
    if (this.notifications.peek()) this.#notify(one, others);
  }

  #play(): void {
    this.#context ??= new AudioContext();
    const context = this.#context;
    void context.resume();
    for (const [at, frequency] of TONES.entries()) {
      const begins = context.currentTime + at * TONE_SECONDS;
      const [oscillator, gain] = [context.createOscillator(), context.createGain()];
      oscillator.frequency.value = frequency;
      gain.gain.setValueAtTime(0.12, begins);
      gain.gain.exponentialRampToValueAtTime(0.001, begins + TONE_SECONDS);
      oscillator.connect(gain).connect(context.destination);
      oscillator.start(begins);
      oscillator.stop(begins + TONE_SECONDS);
    }
  }

  #announcementOf({ symbol, interval, traderId, facts }: Signal): Announcement {
    const name = this.#parts.traders.get(traderId)?.name ?? "Signal";
    const body = `${interval} ${factsText(facts)}`.trim();
    return { title: `${symbol} · ${name}`, body, hash: routeHash("signals"), tag: "vyx-signal" };
  }

  #notify({ title, body, hash, tag }: Announcement, others: number): void {
    const more = others === 0 ? "" : ` (and ${others} earlier)`;
    try {
      const notification = new Notification(title, { body: `${body}${more}`, tag });
      notification.onclick = () => {
        focus();
        location.hash = hash;
        notification.close();
      };
    } catch {
      // Chrome on Android gives notifications to service workers only.
      this.notifications.value = false;
      this.#explain("installed only");
    }
  }
}

/** Why notifications can't be shown, as far as it is known without asking. */
function faultNow(): NotifyFault | undefined {
  if (!("Notification" in globalThis)) return globalThis.isSecureContext ? "unsupported" : "insecure";
  if (Notification.permission !== "denied") return undefined;
  return globalThis.isSecureContext ? "blocked" : "insecure";
}

/** Has the browser ask the user. */
async function asked(): Promise<NotifyFault | undefined> {
  const answer = await Notification.requestPermission();
  if (answer === "granted") return undefined;
  return answer === "denied" ? "blocked" : "unanswered";
}

/** Calls when the user changes the permission in the browser's settings, where the browser tells. */
async function watchPermission(onChange: () => void): Promise<void> {
  try {
    const status = await navigator.permissions.query({ name: "notifications" });
    status.onchange = onChange;
  } catch {
    // The user presses Notify again.
  }
}

function isAllowed(): boolean {
  return "Notification" in globalThis && Notification.permission === "granted";
}
