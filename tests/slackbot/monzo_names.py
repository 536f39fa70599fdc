"""The public names of monzo/response by module, as its versions 0.1.8 to 0.3 have them."""

from __future__ import annotations

from typing import Final

NAMES: Final = {
    "admin": "admin",
    "apps": "ResponseConfig",
    "core.admin": "ActionAdmin EventAdmin ExternalUserAdmin IncidentAdmin TimelineEventAdmin",
    "core.apps": "CoreConfig",
    "core.context_processors": "site",
    "core.models": "Action Event ExternalUser GetOrCreateSlackExternalUser Incident IncidentExtension StatusUpdate "
    "TimelineEvent add_incident_update_event",
    "core.models.action": "Action ExternalUser Incident",
    "core.models.event": "Event",
    "core.models.incident": "ExternalUser Incident IncidentManager",
    "core.models.timeline": "EVENT_TYPES Incident TimelineEvent add_incident_update_event",
    "core.models.user_external": "ExternalUser ExternalUserManager GetOrCreateSlackExternalUser",
    "core.serializers": "ActionSerializer EventSerializer ExternalUserSerializer IncidentSerializer "
    "TimelineEventSerializer",
    "core.signals": "ActionEventHandler IncidentEventHandler",
    "core.urls": "urlpatterns",
    "core.util": "sanitize",
    "core.views": "ActionViewSet EventsViewSet ExternalUserViewSet IncidentActionViewSet "
    "IncidentTimelineEventViewSet IncidentViewSet IncidentsByMonthViewSet",
    "decorators": "response_login_required",
    "errors": "IncidentUpdateError",
    "grafana.client": "GrafanaClient GrafanaError",
    "grafana.signals": "update_grafana_annotation_after_incident_save",
    "models": "Action CommsChannel Event ExternalUser HeadlinePost Incident Notification PinnedMessage TimelineEvent "
    "UserStats",
    "pagerduty.incident": "trigger_incident page_specialist",
    "serializers": "EventSerializer",
    "slack.action_handlers": "handle_close_incident handle_create_comms_channel handle_edit_incident_button",
    "slack.admin": "CommsChannelAdmin HeadlinePostAdmin NotificationAdmin PinnedMessageAdmin UserStatsAdmin",
    "slack.apps": "SlackConfig",
    "slack.authentication": "authenticate generate_signature slack_authenticate verify_signature",
    "slack.block_kit": "Actions Block Button Confirm Context Divider Message PlainTextInput Section StaticSelect "
    "StaticSelectInput StaticSelectOption Text UserSelect",
    "slack.cache": "get_user_profile update_user_cache",
    "slack.client": "SlackClient SlackError channel_reference reference_to_id slack_to_human_readable "
    "user_ref_to_username user_reference",
    "slack.decorators": "ActionContext COMMAND_HELP COMMAND_MAPPINGS COMMAND_MAPPINGS_CUSTOM CommsChannel "
    "DIALOG_HANDLERS EVENT_MAPPINGS Incident KEYWORD_HANDLERS NOTIFICATION_HANDLERS Notification NotificationHandler "
    "SLACK_ACTION_MAPPINGS SLACK_HEADLINE_POST_ACTION_MAPPINGS SlackError action_handler dialog_handler get_commands "
    "get_help handle_action handle_dialog handle_event handle_incident_command handle_keywords handle_notifications "
    "headline_post_action incident_command keyword_handler modal_handler react_not_ok react_ok recurring_notification "
    "remove_action_handler remove_dialog_handler single_notification slack_event view_handler ViewContext",
    "slack.decorators.action_handler": "ActionContext SLACK_ACTION_MAPPINGS action_handler handle_action "
    "remove_action_handler",
    "slack.decorators.dialog_handler": "DIALOG_HANDLERS dialog_handler handle_dialog remove_dialog_handler",
    "slack.decorators.event_handler": "EVENT_MAPPINGS handle_event slack_event",
    "slack.decorators.headline_post_action": "SLACK_HEADLINE_POST_ACTION_MAPPINGS headline_post_action",
    "slack.decorators.incident_command": "COMMAND_HELP COMMAND_MAPPINGS COMMAND_MAPPINGS_CUSTOM "
    "__default_incident_command get_commands get_help handle_incident_command incident_command react_not_ok react_ok",
    "slack.decorators.incident_notification": "NOTIFICATION_HANDLERS NotificationHandler handle_notifications "
    "recurring_notification single_notification",
    "slack.decorators.keyword_handler": "KEYWORD_HANDLERS handle_keywords keyword_handler",
    "slack.decorators.view_handler": "VIEW_HANDLERS ViewContext handle_view view_handler",
    "slack.decorators.workflow": "RESPONSE_WORKFLOWS WorkflowClass register_workflow update_workflow",
    "slack.dialog_builder": "Dialog Element SelectFromUsers SelectWithOptions Text TextArea",
    "slack.dialog_handlers": "edit_incident report_incident",
    "slack.event_handlers": "decode_app_mention handle_app_mention handle_keyword_detection handle_pin_added "
    "handle_pin_removed update_user_stats",
    "slack.incident_commands": "close_incident impact incident_commands rename_incident send_help_text set_action "
    "set_duration set_incident_lead set_severity summary update_impact update_summary",
    "slack.incident_commands.impact": "handle_open_impact_dialog handle_set_new_impact update_impact",
    "slack.incident_commands.incident_commands": "close_incident rename_incident send_help_text set_action",
    "slack.incident_commands.summary": "handle_open_summary_dialog handle_set_new_summary update_summary",
    "slack.incident_notifications": "remind_close_incident remind_incident_lead remind_severity",
    "slack.keyword_handlers": "status_page_notification",
    "slack.models": "CommsChannel CommsChannelManager ExternalUser HeadlinePost HeadlinePostManager Incident "
    "Notification PinnedMessage PinnedMessageManager TimelineEvent UserStats Workflow WorkflowParameters "
    "close_incident_button create_comms_channel_action edit_incident_button",
    "slack.models.comms_channel": "CommsChannel CommsChannelManager Incident",
    "slack.models.headline_post": "CommsChannel HeadlinePost HeadlinePostManager Incident close_incident_button "
    "create_comms_channel_action edit_incident_button",
    "slack.models.notification": "Notification",
    "slack.models.pinned_message": "PinnedMessage PinnedMessageManager",
    "slack.models.user_stats": "UserStats",
    "slack.models.workflow": "Workflow WorkflowParameters",
    "slack.reference_utils": "channel_reference reference_to_id slack_to_human_readable user_ref_to_username "
    "user_reference",
    "slack.report_flow": "basic_report_capture edit_incident report_only_capture start_report_flow",
    "slack.response_urls": "respond",
    "slack.settings": "INCIDENT_EDIT_DIALOG INCIDENT_REPORT_DIALOG SLACK_API_MOCK",
    "slack.signals": "add_timeline_events prompt_incident_report update_headline_after_incident_save "
    "update_headline_after_save",
    "slack.slack_utils": "get_channel_id send_message slack_client",
    "slack.urls": "urlpatterns",
    "slack.views": "action cron_daily cron_minute event slash_command",
    "slack.workflows.statuspage": "workflow",
    "templatetags.markdown_filter": "markdown_filter",
    "templatetags.response_settings": "get_setting",
    "templatetags.unslackify": "slack_id_to_fullname unslackify",
    "ui.urls": "urlpatterns",
    "ui.views": "home incident_doc",
    "urls": "urlpatterns",
    "zoom.client": "ZoomClient",
}
# The methods and constants of its classes.
MEMBERS: Final = {
    "core.models.Action": "details done icon incident objects save user",
    "core.models.ExternalUser": "app_id display_name email external_id full_name objects",
    "core.models.Incident": "SEVERITIES action_items badge_type comms_channel duration is_closed objects save "
    "severity_emoji severity_text status_emoji status_text timeline_events",
    "core.models.TimelineEvent": "objects save",
    "slack.block_kit.Message": "add_block open_modal send serialize set_fallback_text",
    "slack.client.SlackClient": "add_reaction api_call create_channel dialog_open get_channel_id get_channel_name "
    "get_or_create_channel get_paginated_users get_slack_token_owner get_user_id get_user_profile "
    "get_user_profile_by_email get_usergroup_id get_usergroup_users invite_user_to_channel join_channel leave_channel "
    "open_modal remove_reaction rename_channel send_ephemeral_message send_message send_or_update_message_block "
    "set_channel_topic unarchive_channel users_list",
    "slack.dialog_builder.Dialog": "add_element build_dialog send_open_dialog set_state",
    "slack.models.CommsChannel": "channel_id channel_name incident objects post_in_channel rename",
    "slack.models.HeadlinePost": "CLOSE_INCIDENT_BUTTON CREATE_COMMS_CHANNEL_BUTTON EDIT_INCIDENT_BUTTON "
    "PAGE_ON_CALL_BUTTON comms_channel incident message_ts objects post_to_thread update_in_slack",
}
