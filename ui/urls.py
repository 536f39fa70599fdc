from django.contrib.auth.views import LogoutView
from django.urls import include, path

from ui import activity_page, changes, correcting, redacting, sign_in, token_pages, views
from ui.api import urls as api_urls

app_name = "ui"

urlpatterns = [
    path("login/", sign_in.SignIn.as_view(), name="login"),
    path("login/as/<int:person_id>/", sign_in.sign_in_as, name="sign-in-as"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("api/v1/", include(api_urls)),
    path("activity/", activity_page.own_activity, name="activity"),
    path("tokens/", token_pages.own_tokens, name="tokens"),
    path("tokens/<int:token_id>/revoke/", token_pages.revoke_token, name="revoke-token"),
    path("", views.incidents, name="incidents"),
    path("incidents/new/", changes.declare, name="declare"),
    path("incidents/<int:number>/", views.incident, name="incident"),
    path("incidents/<int:number>/live/", views.live, name="live"),
    path("incidents/<int:number>/all/<slug:part>/", views.whole_list, name="whole-list"),
    path("incidents/<int:number>/edit/", changes.edit, name="edit"),
    path("incidents/<int:number>/edit/<slug:name>/", changes.edit_field, name="edit-field"),
    path("incidents/<int:number>/status/", changes.change_status, name="status"),
    path("incidents/<int:number>/resolve/", changes.resolve, name="resolve"),
    path("incidents/<int:number>/cancel/", changes.cancel, name="cancel"),
    path("incidents/<int:number>/merge/", changes.merge, name="merge"),
    path("incidents/<int:number>/reopen/", changes.reopen, name="reopen"),
    path("incidents/<int:number>/lead/", changes.assign_lead, name="lead"),
    path("incidents/<int:number>/private/", changes.make_private, name="private"),
    path("incidents/<int:number>/members/", changes.invite_member, name="members"),
    path("incidents/<int:number>/members/<int:person_id>/remove/", changes.remove_member, name="remove-member"),
    path("incidents/<int:number>/public/", changes.make_public, name="public"),
    path("incidents/<int:number>/channel/", changes.request_channel, name="channel"),
    path("incidents/<int:number>/notes/", changes.add_note, name="notes"),
    path("incidents/<int:number>/actions/", changes.add_action, name="actions"),
    path("incidents/<int:number>/actions/<int:action_id>/complete/", changes.complete_action, name="complete-action"),
    path("incidents/<int:number>/actions/<int:action_id>/redact/", redacting.redact_action, name="redact-action"),
    path("incidents/<int:number>/timeline/<int:seq>/correct/", correcting.correct_note, name="correct-note"),
    path("incidents/<int:number>/timeline/<int:seq>/redact/", redacting.redact_entry, name="redact-entry"),
]
