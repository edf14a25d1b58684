import { type FormEvent, type ReactNode, useState } from "react";
import type { MachineOutput } from "../api/types";
import { readNumber } from "../dashboard/widgets/readNumber";
import { number, useText } from "../text";
import { Button } from "../ui/Button";
import { act } from "./acts";

/** An operator's own value, within what the envelope allows; the guard judges it like any other. */
export function ManualValue({ name, output: { low, high, unit, values } }: { name: string; output: MachineOutput }): ReactNode {
  const t = useText();
  const numeric = low !== null && high !== null;
  const [text, setText] = useState(numeric ? "" : "0");
  const [wrong, setWrong] = useState("");
  const range = numeric ? t("machines.range", { low: number(low), high: number(high), unit }) : "";
  const send = (event: FormEvent): void => {
    event.preventDefault();
    const value = numeric ? readNumber(text) : values[Number(text)];
    const fits = value !== null && value !== undefined && (!numeric || (typeof value === "number" && value >= low && value <= high));
    setWrong(fits ? "" : t("machines.out-of-range", { range }));
    if (fits) void act({ what: "write", target: name, value });
  };
  const label = t("machines.manual-of", { name });
  return (
    <form className="machines-manual" onSubmit={send}>
      {numeric ? (
        <input
          aria-label={`${label}, ${range}`}
          aria-invalid={wrong !== ""}
          inputMode="decimal"
          autoComplete="off"
          size={8}
          placeholder={range}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      ) : (
        <select aria-label={label} value={text} onChange={({ target }) => setText(target.value)}>
          {values.map((value, index) => (
            <option key={String(value)} value={index}>
              {String(value)}
            </option>
          ))}
        </select>
      )}
      <Button type="submit" aria-label={t("machines.write-of", { name })}>
        {t("machines.write")}
      </Button>
      <span role="status" className="machines-tripped">
        {wrong}
      </span>
    </form>
  );
}
