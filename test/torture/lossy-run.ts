/** What `lossy.ts` runs where packets are lost: reads and creates through a gateway, and what became of them as JSON. */
import { ask, startGateway } from "../support/gateway.ts";

const REQUESTS = 200;
const AT_ONCE = 10;
const USERS = "/openidm/managed/alpha_user";

const g = await startGateway();
let next = 0;
let answered = 0;
const worker = async (): Promise<void> => {
  for (let index = next++; index < REQUESTS; index = next++) {
    const body = JSON.stringify({ userName: `u${index}`, givenName: "A", sn: "B", mail: "a@example.com" });
    const { status } = await (index % 2 === 0
      ? ask(g.url, "GET", `${USERS}?_queryFilter=true`)
      : ask(g.url, "POST", `${USERS}?_action=create&n=${index}`, { body }));
    if (status > 0) answered++;
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, worker));
const creates = g.tenant.applied.map(({ saw }) => g.tenant.saw[saw]?.url);
console.log(
  JSON.stringify({
    answered,
    of: REQUESTS,
    created: creates.length,
    twice: creates.length - new Set(creates).size,
  }),
);
await g.close();
