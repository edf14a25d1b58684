import { expect, test } from "vitest";
import { create } from "zustand";
import { unlessOvertaken } from "../../src/live/overtaken";

test("an answer is taken unless the stream has told something newer while it was under way", async () => {
  const useList = create<{ list: string }>()(() => ({ list: "nothing" }));
  const take = (list: string): void => useList.setState({ list });
  await unlessOvertaken(useList, Promise.resolve("one alarm"), take);
  expect(useList.getState().list).toBe("one alarm");
  let answer: (list: string) => void = () => {};
  const asked = unlessOvertaken(useList, new Promise<string>((done) => (answer = done)), take);
  take("two alarms");
  answer("one alarm, seen");
  await asked;
  expect(useList.getState().list).toBe("two alarms");
});
