import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./shell/App";
import { useView } from "./store/view";
import { loadLanguage } from "./text";
import "./styles/tokens.css";
import "./styles/base.css";

const root = document.getElementById("root");
const draw = (): void => {
  if (root !== null)
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    );
};
// The first words shown are those of the user's language.
loadLanguage(useView.getState().language).catch(() => loadLanguage("en")).finally(draw);
