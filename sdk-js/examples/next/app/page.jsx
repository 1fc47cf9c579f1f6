"use client";

import { useTallymark } from "@tallymark/browser/react";
import Link from "next/link";

export default function Plans() {
  const { track } = useTallymark();
  const order = async () => {
    track("Plan Chosen", { plan: "pro" });
    await fetch("/api/orders", { method: "POST", headers: { "x-user": "user-1" } });
  };
  return (
    <>
      <h1>Plans</h1>
      <button id="choose" onClick={order}>Choose Pro</button>
      <Link id="about" href="/about">About</Link>
    </>
  );
}
