"""Addresses of the human side under /api/v1/."""

from django.urls import path

from labeling.api import answers, disputes, imports, items, people, projects, queue, releases, rounds, taxonomy

PROJECT = "projects/<slug:project>"
ROUND = f"{PROJECT}/rounds/<uuid:round_id>"
LABEL = f"{PROJECT}/label/<uuid:round_id>"
SEAT = f"{LABEL}/seats/<uuid:seat_id>"
OWN = f"{LABEL}/annotations/<uuid:annotation_id>"
DISPUTE = f"{PROJECT}/disputes/<uuid:task_id>"
RELEASE = f"{PROJECT}/releases/<uuid:release_id>"

urlpatterns = [
    path("me/", projects.Me.as_view(), name="me"),
    path("projects/", projects.Projects.as_view(), name="projects"),
    path(f"{PROJECT}/", projects.OneProject.as_view(), name="project"),
    path(f"{PROJECT}/archive/", projects.ArchiveProject.as_view(), name="archive-project"),
    path(f"{PROJECT}/pause/", projects.PauseProject.as_view(), name="pause-project"),
    path(f"{PROJECT}/taxonomy/", taxonomy.Taxonomies.as_view(), name="taxonomies"),
    path(f"{PROJECT}/taxonomy/<int:number>/", taxonomy.OneTaxonomy.as_view(), name="taxonomy"),
    path(f"{PROJECT}/taxonomy/<int:number>/publish/", taxonomy.PublishTaxonomy.as_view(), name="publish-taxonomy"),
    path(f"{PROJECT}/items/", items.Items.as_view(), name="items"),
    path(f"{PROJECT}/items/stream/", items.ItemStream.as_view(), name="item-stream"),
    path(f"{PROJECT}/items/<uuid:item_id>/", items.OneItem.as_view(), name="item"),
    path(f"{PROJECT}/imports/", imports.Imports.as_view(), name="imports"),
    path(f"{PROJECT}/imports/<uuid:job_id>/", imports.OneImport.as_view(), name="import"),
    path(f"{PROJECT}/imports/<uuid:job_id>/problems/", imports.ImportProblems.as_view(), name="import-problems"),
    path(f"{PROJECT}/imports/<uuid:job_id>/take-back/", imports.TakeBackImport.as_view(), name="take-back-import"),
    path(f"{PROJECT}/rounds/", rounds.Rounds.as_view(), name="rounds"),
    path(f"{ROUND}/", rounds.OneRound.as_view(), name="round"),
    path(f"{ROUND}/close/", rounds.CloseRound.as_view(), name="close-round"),
    path(f"{ROUND}/cancel/", rounds.CancelRound.as_view(), name="cancel-round"),
    path(f"{ROUND}/pause/", rounds.PauseRound.as_view(), name="pause-round"),
    path(f"{ROUND}/extend/", rounds.ExtendRound.as_view(), name="extend-round"),
    path(f"{ROUND}/annotations/", rounds.RoundAnnotations.as_view(), name="annotations"),
    path(f"{PROJECT}/label/", queue.MyRounds.as_view(), name="my-rounds"),
    path(f"{LABEL}/next/", queue.NextItem.as_view(), name="claim-next"),
    path(f"{SEAT}/submit/", queue.SubmitAnswer.as_view(), name="submit"),
    path(f"{SEAT}/skip/", queue.SkipItem.as_view(), name="skip"),
    path(f"{SEAT}/release/", queue.ReleaseSeat.as_view(), name="release-seat"),
    path(f"{SEAT}/draft/", queue.SaveDraft.as_view(), name="draft"),
    path(f"{SEAT}/renew/", queue.RenewLease.as_view(), name="renew"),
    path(f"{LABEL}/annotations/", answers.OwnAnswers.as_view(), name="my-annotations"),
    path(f"{OWN}/", answers.OneOwnAnswer.as_view(), name="my-annotation"),
    path(f"{OWN}/take-back/", answers.TakeBackAnswer.as_view(), name="take-back"),
    path(f"{OWN}/feedback/", answers.Feedback.as_view(), name="feedback"),
    path(f"{PROJECT}/disputes/", disputes.Disputes.as_view(), name="disputes"),
    path(f"{DISPUTE}/", disputes.OneDispute.as_view(), name="dispute"),
    path(f"{DISPUTE}/open/", disputes.OpenDispute.as_view(), name="open-dispute"),
    path(f"{DISPUTE}/decide/", disputes.Decide.as_view(), name="decide"),
    path(f"{DISPUTE}/escalate/", disputes.Escalate.as_view(), name="escalate"),
    path(f"{DISPUTE}/another-rater/", disputes.AskAnother.as_view(), name="ask-another"),
    path(f"{DISPUTE}/return/", disputes.ReturnAnswer.as_view(), name="return-answer"),
    path(f"{PROJECT}/releases/", releases.Releases.as_view(), name="releases"),
    path(f"{RELEASE}/", releases.OneRelease.as_view(), name="release"),
    path(f"{RELEASE}/entries/", releases.Entries.as_view(), name="entries"),
    path(f"{RELEASE}/export/", releases.ExportRelease.as_view(), name="export-release"),
    path(f"{RELEASE}/looks/", releases.Looks.as_view(), name="looks"),
    path(f"{PROJECT}/members/", people.Members.as_view(), name="members"),
    path(f"{PROJECT}/members/<uuid:user_id>/roles/", people.ChangeRole.as_view(), name="change-role"),
    path(f"{PROJECT}/members/<uuid:user_id>/switch/", people.SwitchMember.as_view(), name="switch-member"),
    path(f"{PROJECT}/invitations/", people.Invitations.as_view(), name="invitations"),
    path(f"{PROJECT}/invitations/<uuid:invitation_id>/", people.OneInvitation.as_view(), name="invitation"),
    path(f"{PROJECT}/audit/", people.Audit.as_view(), name="audit"),
]
