/** Brings what was searched for into view and lets it flash. */
import { useEffect } from "react";
import { useView } from "../store/view";
import { goTo, theStage } from "./stage";

const FLASH = 1200;

export function useFound(flow: string): void {
  const found = useView((state) => state.found);
  useEffect(() => {
    if (found?.flow !== flow) return;
    let timer = 0;
    let tries = 0;
    const flash = (): void => {
      const stage = theStage();
      const element = stage?.flow === flow ? stage.element.querySelector(`.react-flow__node[data-id="${CSS.escape(found.node)}"]`) : null;
      if (element) {
        element.toggleAttribute("data-found", true); // its classes are drawn again when it is selected
        timer = window.setTimeout(() => element.removeAttribute("data-found"), FLASH);
      } else if (tries++ < 30) timer = requestAnimationFrame(flash);
    };
    // A flow that has just been opened is not on the stage yet.
    timer = requestAnimationFrame(() => {
      goTo(flow, found.node, false);
      flash();
    });
    return () => {
      clearTimeout(timer);
      cancelAnimationFrame(timer);
    };
  }, [found, flow]);
}
