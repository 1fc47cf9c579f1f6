import { Client } from "@tallymark/browser";
import { TallymarkProvider, usePage, useTallymark } from "@tallymark/browser/react";
import { useState } from "react";
import { createRoot } from "react-dom/client";

const client = new Client("tmk_0123456789abcdefghijAB", "https://events.example");

function Plans() {
  const [chosen, choose] = useState(null);
  const { track, identify } = useTallymark();
  usePage();
  const pick = () => {
    choose("pro");
    track("Plan Chosen", { plan: "pro" });
  };
  return (
    <>
      <h1>Plans</h1>
      <button id="choose" onClick={pick}>{chosen ? "Chosen" : "Choose Pro"}</button>
      <button id="sign-in" onClick={() => identify("user-1", { plan: chosen })}>Sign in</button>
    </>
  );
}

createRoot(document.getElementById("app")).render(
  <TallymarkProvider client={client}>
    <Plans />
  </TallymarkProvider>,
);
