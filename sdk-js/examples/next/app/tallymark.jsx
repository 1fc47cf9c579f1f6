"use client";

import { Client } from "@tallymark/browser";
import { TallymarkProvider, usePage } from "@tallymark/browser/react";
import { usePathname } from "next/navigation";

/** What components get while they are rendered on the server: nothing is recorded there. */
const silent = { track() {}, page() {}, identify() {}, flag: (_name, otherwise) => otherwise };

const client =
  typeof window === "undefined"
    ? silent
    : new Client(process.env.NEXT_PUBLIC_TALLYMARK_KEY, process.env.NEXT_PUBLIC_TALLYMARK_URL);

function Pages() {
  usePage(undefined, usePathname());
  return null;
}

export function Tallymark({ children }) {
  return (
    <TallymarkProvider client={client}>
      <Pages />
      {children}
    </TallymarkProvider>
  );
}
