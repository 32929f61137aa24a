// Runs the server audits of graphql-http against a URL: node audit.mjs URL [ID…]. An ID names an audit that is left out.
// With AUDIT_TOKEN in the environment, every request carries it as its bearer. Each audit that is not ok is told by its
// id. The status is 0 only where every audit that is not left out is ok, and where the package has all that we know of:
// a version with fewer of them would pass too easily, one with more has to be looked at.
import { serverAudits } from "graphql-http";

const known = 61;
const [url, ...leftOut] = process.argv.slice(2);
const bearer = process.env.AUDIT_TOKEN ? { authorization: `Bearer ${process.env.AUDIT_TOKEN}` } : {};
const fetchFn = (address, init = {}) =>
  fetch(address, { ...init, headers: { ...init.headers, ...bearer }, signal: AbortSignal.timeout(10_000) });

const audits = serverAudits({ url, fetchFn });
const unknown = leftOut.filter((id) => !audits.some((audit) => audit.id === id));
if (audits.length !== known || unknown.length > 0) {
  console.error(`There are ${audits.length} audits, not ${known}; not among them: ${unknown.join(" ") || "none"}`);
  process.exit(2);
}

let failed = 0;
const run = audits.filter((audit) => !leftOut.includes(audit.id));
for (const audit of run) {
  const result = await audit.fn().catch((error) => ({ status: "broke off", reason: String(error.cause ?? error) }));
  if (result.status === "ok") continue;
  failed++;
  console.log(`${audit.id} ${audit.name}: ${result.status}: ${result.reason}`);
}
console.log(`${run.length - failed} of ${run.length} audits are ok`);
process.exit(failed === 0 ? 0 : 1);
