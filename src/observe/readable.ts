/**
 * A line of the log for people: from the JSON line, which has been masked and cut already, to one line of a terminal. It
 * decides what stands out and what may be left out; it adds nothing that the JSON line does not say.
 */
import { isRecord, jsonOf } from "../json.ts";
import type { AttemptRecord } from "./events.ts";

type Line = Readonly<Record<string, unknown>>;

/** Escape sequences around a text (ECMA-48, SGR), or none. */
export type Paint = (text: string, colour: Colour) => string;

const COLOURS = { red: 31, green: 32, yellow: 33, cyan: 36, faint: 2 } as const;
type Colour = keyof typeof COLOURS;

export const inColours: Paint = (text, colour) => `\u001b[${COLOURS[colour]}m${text}\u001b[0m`;
export const plainly: Paint = (text) => text;

/** One line, with its end, of one line of our log; what is none of ours stays as it is. */
export function readable(line: string, paint: Paint): string {
  const fields = jsonOf(line);
  if (!isRecord(fields) || typeof fields.msg !== "string") return line;
  const time = paint(String(fields.time ?? "").replace(/^.*T(\d\d:\d\d:\d\d).*$/, "$1"), "faint");
  const text = fields.msg === "exchange" ? exchangeLine(fields, paint) : otherLine(fields, paint);
  return `${time} ${text}\n`;
}

/** `PUT /openidm/… 200 812 ms · 3 attempts (503, reset) · settled: applied` */
function exchangeLine(line: Line, paint: Paint): string {
  const status = Number(line.status);
  const head = `${line.method} ${line.path} ${paint(String(status), colourOf(status))} ${Math.round(Number(line.durationMs))} ms`;
  return [head, ...trouble(line)].join(" · ");
}

function colourOf(status: number): Colour {
  if (status >= 500) return "red";
  if (status >= 400) return "yellow";
  return status >= 300 ? "cyan" : "green";
}

/** What there is to say of an exchange that did not go straight, the most important first. */
function trouble(line: Line): string[] {
  const { attempts, meaning, reason, processed, settled, delivery, error } = line;
  const story = Array.isArray(line.story) ? (line.story as readonly AttemptRecord[]) : [];
  const said: string[] = [];
  if (attempts === 0 && reason !== undefined) said.push(`not sent: ${reason}`);
  else if (story.length > 1) said.push(`${attempts} attempts (${before(story)})`);
  // Of attempts that helped in the end there is no more to say.
  if (typeof attempts === "number" && attempts > 0 && meaning !== "ok" && meaning !== undefined) {
    const ended = reason === undefined || reason === "answered" ? "" : `, not sent again: ${reason}`;
    if (meaning !== "rejected" || ended !== "") said.push(`${meaning}${ended}`);
  }
  if (settled !== undefined) said.push(`settled: ${settled}`);
  if (processed === "unknown") said.push("nobody knows whether it was done");
  if (delivery === "caller-left") said.push("the caller left");
  if (delivery === "cut") said.push("cut by the tenant on its way");
  if (error !== undefined) said.push(`a mistake of the gateway: ${error}`);
  return said;
}

/** What the attempts before the last one came to. */
function before(story: readonly AttemptRecord[]): string {
  return story
    .slice(0, -1)
    .map(({ status, failure }) => status ?? failure)
    .join(", ");
}

const LEVELS: Readonly<Record<string, Colour>> = { error: "red", warn: "yellow", info: "cyan" };

/** `warn circuit open family=openidm` */
function otherLine({ level, time: _time, msg, ...fields }: Line, paint: Paint): string {
  const word = paint(String(level), LEVELS[String(level)] ?? "faint");
  const rest = Object.entries(fields).map(
    ([name, value]) => ` ${paint(`${name}=`, "faint")}${shortly(value)}`,
  );
  return `${word} ${msg}${rest.join("")}`;
}

function shortly(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}
