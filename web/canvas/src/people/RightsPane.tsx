import { type FormEvent, type ReactNode, useCallback, useId, useState } from "react";
import { get, part, post, request } from "../api/client";
import type { MadeToken, Permission, Rights, Tokens } from "../api/types";
import { moment, useText } from "../text";
import { Button, IconButton } from "../ui/Button";
import { type Act, useActs } from "./acts";

const MAY: Permission["may"][] = ["viewer", "operator", "editor", "code"];
const TOKEN_ROLES = ["metrics", "viewer", "operator", "editor", "admin"] as const;

/** What goes beyond a role: permissions in areas of flows, groups, and tokens of programs. For admins. */
export function RightsPane(): ReactNode {
  const [rights, setRights] = useState<Rights>({ permissions: [], groups: [] });
  const [tokens, setTokens] = useState<Tokens["tokens"]>([]);
  const load = useCallback(async () => {
    setRights(await get<Rights>("/api/rights"));
    setTokens((await get<Tokens>("/api/tokens")).tokens);
  }, []);
  const { act, error } = useActs(load);
  return (
    <>
      <p role="alert" className="shell-error">
        {error}
      </p>
      <Permissions permissions={rights.permissions} act={act} />
      <Groups groups={rights.groups} act={act} />
      <TokenList tokens={tokens} act={act} />
    </>
  );
}

function Permissions({ permissions, act }: { permissions: Permission[]; act: Act }): ReactNode {
  const t = useText();
  const id = useId();
  const [who, setWho] = useState("");
  const [area, setArea] = useState("*");
  const [may, setMay] = useState<Permission["may"]>("editor");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await act(() => post("/api/rights/permit", { who: who.trim(), may, area: area.trim() }))) setWho("");
  };
  return (
    <section className="people-rights" aria-labelledby={id}>
      <h3 id={id}>{t("shell.permissions")}</h3>
      <p className="shell-quiet">{t("shell.permissions-mean")}</p>
      <ul className="people-list">
        {permissions.map((one) => (
          <li key={`${one.who} ${one.may} ${one.area}`}>
            {t("shell.permission", { who: one.who, may: t(`shell.may-${one.may}`), area: one.area })}
            <IconButton
              icon="bin"
              label={t("shell.withdraw", { who: one.who, may: t(`shell.may-${one.may}`), area: one.area })}
              onClick={() => void act(() => post("/api/rights/withdraw", { who: one.who, may: one.may, area: one.area }))}
            />
          </li>
        ))}
      </ul>
      <form className="shell-inline" onSubmit={(event) => void submit(event)}>
        <input required aria-label={t("shell.permit-whom")} placeholder={t("shell.permit-whom")} value={who} onChange={(event) => setWho(event.target.value)} />
        <select aria-label={t("shell.permit-what")} value={may} onChange={(event) => setMay(event.target.value as Permission["may"])}>
          {MAY.map((one) => (
            <option key={one} value={one}>
              {t(`shell.may-${one}`)}
            </option>
          ))}
        </select>
        <input required aria-label={t("shell.permit-where")} value={area} onChange={(event) => setArea(event.target.value)} />
        <Button type="submit">{t("shell.permit")}</Button>
      </form>
    </section>
  );
}

function Groups({ groups, act }: { groups: Rights["groups"]; act: Act }): ReactNode {
  const t = useText();
  const id = useId();
  const [name, setName] = useState("");
  const [members, setMembers] = useState("");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const listed = members.split(",").map((one) => one.trim()).filter(Boolean);
    if (!(await act(() => request("PUT", `/api/groups/${part(name.trim())}`, { members: listed })))) return;
    setName("");
    setMembers("");
  };
  return (
    <section className="people-rights" aria-labelledby={id}>
      <h3 id={id}>{t("shell.groups")}</h3>
      <ul className="people-list">
        {groups.map((one) => (
          <li key={one.name}>
            group/{one.name}: {one.members.join(", ") || t("shell.nobody")}
            <IconButton icon="bin" label={t("shell.remove-group", { name: one.name })} onClick={() => void act(() => request("DELETE", `/api/groups/${part(one.name)}`))} />
          </li>
        ))}
      </ul>
      <form className="shell-inline" onSubmit={(event) => void submit(event)}>
        <input required aria-label={t("shell.group-name")} placeholder={t("shell.group-name")} value={name} onChange={(event) => setName(event.target.value)} />
        <input aria-label={t("shell.group-members")} placeholder={t("shell.group-members")} value={members} onChange={(event) => setMembers(event.target.value)} />
        <Button type="submit">{t("shell.set-group")}</Button>
      </form>
    </section>
  );
}

function TokenList({ tokens, act }: { tokens: Tokens["tokens"]; act: Act }): ReactNode {
  const t = useText();
  const id = useId();
  const [name, setName] = useState("");
  const [role, setRole] = useState<string>("viewer");
  const [made, setMade] = useState("");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setMade("");
    const done = await act(async () => setMade((await post<MadeToken>("/api/tokens", { name: name.trim(), role })).token));
    if (done) setName("");
  };
  return (
    <section className="people-rights" aria-labelledby={id}>
      <h3 id={id}>{t("shell.tokens")}</h3>
      <ul className="people-list">
        {tokens.map((one) => (
          <li key={one.name}>
            {t(one.by === "" ? "shell.token" : "shell.token-by", { name: one.name, role: t(`shell.role-${one.role}`), until: moment(one.expires), who: one.by })}
            <IconButton icon="bin" label={t("shell.revoke", { name: one.name })} onClick={() => void act(() => request("DELETE", `/api/tokens/${part(one.name)}`))} />
          </li>
        ))}
      </ul>
      <form className="shell-inline" onSubmit={(event) => void submit(event)}>
        <input required aria-label={t("shell.token-name")} placeholder={t("shell.token-name")} value={name} onChange={(event) => setName(event.target.value)} />
        <select aria-label={t("shell.token-role")} value={role} onChange={(event) => setRole(event.target.value)}>
          {TOKEN_ROLES.map((one) => (
            <option key={one} value={one}>
              {t(`shell.role-${one}`)}
            </option>
          ))}
        </select>
        <Button type="submit">{t("shell.make-token")}</Button>
      </form>
      {made !== "" && (
        <p role="status">
          {t("shell.token-made")} <code>{made}</code>
        </p>
      )}
    </section>
  );
}
