import type { DestinationAddress, DestinationKind } from "../wire/mod.ts";
import type { Post } from "./guarded-post.ts";
import { linesOf, type Message, textOf, titleOf } from "./message.ts";
import { webhookPost } from "./webhook.ts";

/** Where Telegram's bots are reached. */
export const TELEGRAM_URL = "https://api.telegram.org";

/** The most characters of a message, by what receivers take: Telegram 4,096, Discord 2,000, ntfy 4,096 bytes. */
const MOST = { telegram: 4_000, discord: 1_900, ntfy: 1_300 } as const;

const JSON_TYPE = { "content-type": "application/json" } as const;

/** What else a post is made of. */
export interface PostParts {
  readonly telegramUrl: string;
  /** Unix milliseconds. */
  readonly now: number;
}

/** An address that a POST goes to. */
type PostAddress = Exclude<DestinationAddress, { kind: "email" }>;

type AddressOf<Kind extends DestinationKind> = Extract<DestinationAddress, { kind: Kind }>;

/** How a message is sent to an address. */
export async function postOf(address: PostAddress, message: Message, parts: PostParts): Promise<Post> {
  switch (address.kind) {
    case "webhook":
      return await webhookPost(address, message, parts.now);
    case "telegram":
      return telegramPost(address, message, parts.telegramUrl);
    case "discord":
      return discordPost(address, message);
    case "ntfy":
      return ntfyPost(address, message);
  }
}

/** See https://core.telegram.org/bots/api#sendmessage. Without a parse mode the text is shown as it is. */
function telegramPost({ token, chatId }: AddressOf<"telegram">, message: Message, base: string): Post {
  const text = textOf(message, MOST.telegram);
  return {
    url: `${base}/bot${token}/sendMessage`,
    headers: JSON_TYPE,
    body: JSON.stringify({ chat_id: chatId, text, link_preview_options: { is_disabled: true } }),
  };
}

/** See https://discord.com/developers/docs/resources/webhook#execute-webhook. Nobody is notified by a name in a fact. */
function discordPost({ url }: AddressOf<"discord">, message: Message): Post {
  const content = textOf(message, MOST.discord);
  return { url, headers: JSON_TYPE, body: JSON.stringify({ content, allowed_mentions: { parse: [] } }) };
}

/** See https://docs.ntfy.sh/publish/#publish-as-json: a header can't hold every character, so the title is in the body. */
function ntfyPost({ url, token }: AddressOf<"ntfy">, message: Message): Post {
  const { origin, pathname } = new URL(url);
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    url: origin,
    headers: { ...JSON_TYPE, ...authorization },
    body: JSON.stringify({ topic: pathname.slice(1), title: titleOf(message), message: linesOf(message, MOST.ntfy) }),
  };
}
