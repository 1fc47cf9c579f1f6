import { Client } from "@tallymark/node";
import { withTallymark } from "@tallymark/node/next";

// Reads TALLYMARK_KEY, TALLYMARK_URL and TALLYMARK_SPOOL.
const client = Client.fromEnv();

export const POST = withTallymark(
  client,
  async () => {
    client.track("Order Completed", { total: 42 });
    return Response.json({ ordered: true }, { status: 201 });
  },
  { route: "/api/orders", user: (request) => request.headers.get("x-user") ?? undefined },
);
