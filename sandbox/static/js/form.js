// What a person has put into the inputs of one surface (a view or a message), in the shape of Slack's view.state.values.

/** Return the value an element starts with. */
function initialValue(element) {
  const { type } = element;
  switch (type) {
    case "plain_text_input":
    case "email_text_input":
    case "url_text_input":
    case "number_input":
      return { type, value: element.initial_value ?? null };
    case "rich_text_input":
      return { type, rich_text_value: element.initial_value ?? null };
    case "static_select":
    case "external_select":
    case "radio_buttons":
      return { type, selected_option: element.initial_option ?? null };
    case "multi_static_select":
    case "multi_external_select":
    case "checkboxes":
      return { type, selected_options: element.initial_options ?? [] };
    case "users_select":
      return { type, selected_user: element.initial_user ?? null };
    case "conversations_select":
      return { type, selected_conversation: element.initial_conversation ?? null };
    case "channels_select":
      return { type, selected_channel: element.initial_channel ?? null };
    case "multi_users_select":
      return { type, selected_users: element.initial_users ?? [] };
    case "multi_conversations_select":
      return { type, selected_conversations: element.initial_conversations ?? [] };
    case "multi_channels_select":
      return { type, selected_channels: element.initial_channels ?? [] };
    case "datepicker":
      return { type, selected_date: element.initial_date ?? null };
    case "timepicker":
      return { type, selected_time: element.initial_time ?? null };
    case "datetimepicker":
      return { type, selected_date_time: element.initial_date_time ?? null };
    case "file_input":
      return { type, files: [] };
    default:
      return null;
  }
}

/** Return the elements of a block, and of the blocks inside it, each with its own block. */
function elementsOf(block) {
  const inside = { container: block.child_blocks, carousel: block.elements }[block.type];
  if (inside) return inside.flatMap(elementsOf);
  const own = { input: [block.element], section: [block.accessory], actions: block.elements }[block.type] ?? [];
  return own.filter(Boolean).map((element) => [block, element]);
}

export class Form {
  #touched = new Map();

  get(block, element) {
    return this.#touched.get(`${block.block_id}/${element.action_id}`) ?? initialValue(element);
  }

  set(block, element, value) {
    this.#touched.set(`${block.block_id}/${element.action_id}`, { type: element.type, ...value });
  }

  /** Return state.values for these blocks: what was touched, and what the others start with. */
  values(blocks) {
    const values = {};
    for (const [block, element] of (blocks ?? []).flatMap(elementsOf)) {
      const value = this.get(block, element);
      if (!value) continue;
      values[block.block_id] ??= {};
      values[block.block_id][element.action_id] = value;
    }
    return values;
  }
}
