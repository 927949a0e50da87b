/**
 * Writes interim answers (RFC 9110 section 15.2). Node has methods for two of them with fields of its own choosing; here
 * goes whatever the tenant sent. They are hints: one that would have to wait for a slow caller is left out.
 */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { HeaderList } from "../http/headers.ts";

/** `headers` are checked names and values. Does nothing once the answer has begun. */
export function writeInterim(response: ServerResponse, status: number, headers: HeaderList): void {
  const { socket } = response;
  if (response.headersSent || !socket?.writable || socket.writableNeedDrain) return;
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
  for (let i = 0; i + 1 < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  socket.write(`${head}\r\n`, "latin1");
}
