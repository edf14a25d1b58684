import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Widget } from "../../api/types";
import { useText } from "../../text";
import { useControl } from "../control";
import { figure, unitText } from "../figure";
import { OutcomeLine } from "./Outcome";

interface Options {
  low: number;
  high: number;
  step: number;
  unit: string;
  decimals: number | null;
}

/** Keys move it in steps: sent when they have been still for so long (milliseconds). */
const STILL = 500;

/** A number set by a slider: sent when it is let go. The mark shows what is really set. */
export function SliderWidget({ widget }: { widget: Widget }): ReactNode {
  const t = useText();
  const control = useControl(widget);
  const { low, high, step, unit, decimals } = widget.options as unknown as Options;
  const input = useRef<HTMLInputElement>(null);
  /** Where it stands while someone moves it; null: nobody does. */
  const [held, setHeld] = useState<number | null>(null);
  const known = number(control.real) ?? (control.reads ? null : number(control.lastSent?.value));
  const { outcome } = control;
  const wish = held ?? (outcome.kind === "sending" || outcome.kind === "sent" ? number(outcome.value) : null);
  const at = wish ?? known ?? low;
  const write = (value: unknown): string => `${figure(value, decimals)} ${unitText(unit)}`.trim();

  const operate = useRef(control.operate);
  operate.current = control.operate;
  useEffect(() => {
    const element = input.current;
    if (element === null) return;
    let still: ReturnType<typeof setTimeout> | undefined;
    let keys = false;
    const send = (): void => {
      const value = Number(element.value);
      setHeld(null);
      void operate.current(value);
    };
    const pressed = (): void => void (keys = true);
    const touched = (): void => void (keys = false);
    const changed = (): void => {
      // React's onChange hears every step; the browser's own `change` comes when the handle is let go, or a key was pressed.
      clearTimeout(still);
      if (keys) still = setTimeout(send, STILL);
      else send();
    };
    element.addEventListener("keydown", pressed);
    element.addEventListener("pointerdown", touched);
    element.addEventListener("change", changed);
    return () => {
      clearTimeout(still);
      element.removeEventListener("keydown", pressed);
      element.removeEventListener("pointerdown", touched);
      element.removeEventListener("change", changed);
    };
  }, []);

  return (
    <div className="dash-slider">
      <p className="dash-figure dash-figure-small">
        {known === null ? "–" : write(known)}
        {wish !== null && wish !== known && <span className="dash-wish"> → {write(wish)}</span>}
      </p>
      <div className="dash-slider-way">
        <input
          ref={input}
          type="range"
          className={known === null && wish === null ? "dash-range dash-range-unknown" : "dash-range"}
          min={low}
          max={high}
          step={step}
          value={at}
          disabled={control.barred !== null}
          aria-label={widget.title}
          aria-valuetext={wish === null && known === null ? t("dashboard.unknown") : write(at)}
          onChange={(event) => setHeld(Number(event.target.value))}
        />
        <svg className="dash-slider-scale" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
          {known !== null && <rect x={Math.max(0, Math.min(990, ((known - low) / (high - low)) * 1000 - 5))} width="10" height="10" />}
        </svg>
        <div className="dash-ends" aria-hidden="true">
          <span>{figure(low, null)}</span>
          <span>{figure(high, null)}</span>
        </div>
      </div>
      <OutcomeLine control={control} write={write} />
    </div>
  );
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
