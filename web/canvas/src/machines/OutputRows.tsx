import type { ReactNode } from "react";
import type { MachineOutput } from "../api/types";
import { number, useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { act } from "./acts";
import { ManualValue } from "./ManualValue";
import { whyOf } from "./state";

/** One output: how it stands in a row, and below it who writes, why it does not, and what can be done. */
export function OutputRows({ name, output, may }: { name: string; output: MachineOutput; may: boolean }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const { mode, modes, armed, trips, no_reset, writer, group, owner, unit, told } = output;
  const tripped = trips.length > 0;
  const word = tripped ? "tripped" : armed ? "armed" : "disarmed";
  const why = spoken(whyOf(output));
  const about = [group, owner].filter((one) => one !== "").join(", ");
  return (
    <tbody>
      <tr>
        <th scope="row">
          {name}
          {about !== "" && <small>{about}</small>}
        </th>
        <td className="machines-value">{shown(told, unit) ?? t("machines.nothing")}</td>
        <td>
          {may ? (
            <select aria-label={t("machines.mode-of", { name })} value={mode} onChange={({ target }) => void act({ what: "mode", target: name, mode: target.value })}>
              {modes.map((one) => (
                <option key={one} value={one}>
                  {t(`machines.mode-${one}`)}
                </option>
              ))}
            </select>
          ) : (
            t(`machines.mode-${mode}`)
          )}
        </td>
        <td className={`machines-${word}`}>
          <Icon name={tripped ? "warning" : armed ? "play" : "lock"} /> {t(`machines.${word}`)}
        </td>
      </tr>
      <tr className="machines-more">
        <td colSpan={4}>
          {writer !== "" && <p>{t("machines.writer", { name: writer })}</p>}
          {why !== "" && <p className={tripped ? "machines-tripped" : "machines-why"}>{why}</p>}
          {!output.follows && <p className="machines-why">{t("machines.follows-not")}</p>}
          {tripped && no_reset !== "" && <p id={`machines-no-reset-${name}`}>{t("machines.no-reset", { reason: spoken(no_reset) })}</p>}
          {may && (
            <div className="machines-acts">
              {mode === "manual" && <ManualValue name={name} output={output} />}
              {tripped && (
                <Button
                  disabled={no_reset !== ""}
                  aria-describedby={no_reset === "" ? undefined : `machines-no-reset-${name}`}
                  aria-label={t("machines.reset-of", { name })}
                  onClick={() => void act({ what: "reset-trip", target: name })}
                >
                  {t("machines.reset")}
                </Button>
              )}
              {/* Two, however it stands: one that changed beneath the pointer would arm where somebody meant to disarm. */}
              <Button aria-label={t("machines.arm-of", { name })} onClick={() => void act({ what: "arm", target: name })}>
                {t("machines.arm")}
              </Button>
              <Button aria-label={t("machines.disarm-of", { name })} onClick={() => void act({ what: "disarm", target: name })}>
                {t("machines.disarm")}
              </Button>
            </div>
          )}
        </td>
      </tr>
    </tbody>
  );
}

/** A value as it was written, with its unit; null: none was. */
function shown(value: unknown, unit: string): string | null {
  if (value === null || value === undefined) return null;
  const text = typeof value === "number" ? number(value) : String(value);
  return unit === "" ? text : `${text} ${unit}`;
}
