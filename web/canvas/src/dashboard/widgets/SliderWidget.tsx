import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import type { Widget } from "../../api/types";
import { useText } from "../../text";
import { useControl } from "../control";
import { figure, unitText } from "../figure";
import { OutcomeLine } from "./Outcome";
import "./controls.css";

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
  const unset = useRef(false);
  unset.current = known === null && (wish === null || held !== null);
  const stands = useRef(low);
  if (held === null) stands.current = at;
  // As soon as it is there: what is done to it before it is listened to would be lost.
  useLayoutEffect(() => {
    const element = input.current;
    if (element === null) return;
    let still: ReturnType<typeof setTimeout> | undefined;
    let keys = false;
    const send = (): void => {
      const value = Number(element.value);
      setHeld(null);
      void operate.current(value);
    };
    const pressed = (event: KeyboardEvent): void => {
      keys = true;
      if (event.key === "Enter" || (event.key === "Home" && unset.current)) sendSame();
    };
    const touched = (): void => void (keys = false);
    // A handle that stands at the low end because nothing is known must be able to set just that.
    const released = (): void => {
      if (unset.current) sendSame();
    };
    const sendSame = (): void => {
      if (Number(element.value) === stands.current) send();
    };
    const changed = (): void => {
      // React's onChange hears every step; the browser's own `change` comes when the handle is let go, or a key was pressed.
      clearTimeout(still);
      if (keys) still = setTimeout(send, STILL);
      else send();
    };
    element.addEventListener("keydown", pressed);
    element.addEventListener("pointerdown", touched);
    element.addEventListener("pointerup", released);
    element.addEventListener("change", changed);
    return () => {
      clearTimeout(still);
      element.removeEventListener("keydown", pressed);
      element.removeEventListener("pointerdown", touched);
      element.removeEventListener("pointerup", released);
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
        {known !== null && (
          <div className="dash-real" aria-hidden="true">
            <svg width="14" height="8" viewBox="0 0 14 8" style={{ left: `${Math.min(1, Math.max(0, (known - low) / (high - low))) * 100}%` }}>
              <path d="M7 0l7 8H0z" />
            </svg>
          </div>
        )}
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
