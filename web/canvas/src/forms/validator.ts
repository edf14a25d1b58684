/** Our judge in the shape that react-jsonschema-form asks for. */
import { ErrorSchemaBuilder, type RJSFValidationError, type ValidatorType } from "@rjsf/utils";
import { type Fault, faults, fits } from "./judge";
import type { Schema } from "./schema";
import { faultText } from "./words";

export const validator: ValidatorType = {
  validateFormData(formData, schema) {
    const found = faults(schema as Schema, formData);
    return { errors: found.map(listed), errorSchema: errorTree(found.map((fault) => [fault.path, faultText(fault)])) };
  },
  isValid: (schema, formData) => fits(schema as Schema, formData),
  rawValidation: <Result>(schema: unknown, formData: unknown) => ({
    errors: faults(schema as Schema, formData).map(listed) as Result[],
  }),
};

function listed(fault: Fault): RJSFValidationError {
  const message = faultText(fault);
  return { name: fault.word, message, property: `.${fault.path.join(".")}`, stack: message };
}

/** A tree with the texts at their places, as the library hands them to fields. */
export function errorTree(texts: Iterable<readonly [(string | number)[], string]>): object {
  const tree = new ErrorSchemaBuilder();
  for (const [path, text] of texts) tree.addErrors(text, path.map(String));
  return tree.ErrorSchema;
}
